import type { Draft, ShownMessage } from '../../port.js'
import type { Words } from '../../words/words.js'
import { type Formats, fullName, personName } from './formats.js'
import type { ReaderModel } from './reader-model.js'

/** Begins an answer to the message that is shown. */
export function answer(model: ReaderModel, { toAll }: { readonly toAll: boolean }): void {
  const { words, formats } = model
  const message = model.shown.value
  if (!message) return
  model.write(answerTo(message, { toAll, words, formats }))
  if (toAll && !message.namesAll) model.say(words.notToAll)
}

/** The beginning of an answer: its recipients, and the first text, quoted. */
export function answerTo(
  message: ShownMessage,
  { toAll, words, formats }: { readonly toAll: boolean; readonly words: Words; readonly formats: Formats },
): Partial<Draft> {
  const { from, reply, subject, texts, dateMs, arrivedMs, guid } = message
  const [who] = from
  const quoted = (texts[0]?.text ?? '')
    .split('\n')
    .map((line) => (line.startsWith('>') ? `>${line}` : `> ${line}`.trimEnd()))
    .join('\n')
  const said = words.wrote(formats.long(dateMs ?? arrivedMs), who ? personName(who) : words.nobody)
  return {
    to: reply.to.map(fullName).join(', '),
    cc: toAll ? reply.cc.map(fullName).join(', ') : '',
    subject: withPrefix('Re', subject),
    text: quoted === '>' ? '' : `${said}\n${quoted}\n\n`,
    answers: guid,
  }
}

export const forwardOf = ({ guid, subject }: ShownMessage): Partial<Draft> => ({
  subject: withPrefix('Fwd', subject),
  forwards: guid,
})

/** Said once, however often it goes back and forth; `AW` and `WG` are what German programs say. */
function withPrefix(prefix: 'Re' | 'Fwd', subject: string): string {
  const has = prefix === 'Re' ? /^(?:re|aw)\s*:/i : /^(?:fwd?|wg)\s*:/i
  return has.test(subject) ? subject : `${prefix}: ${subject}`.trimEnd()
}
