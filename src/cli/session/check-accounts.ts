import type { ServerCheck } from '../../mailstore/imap/check-server.js'
import { formatBytes } from '../../told/sizes.js'
import type { CommandContext } from '../command-context.js'
import type { DataDir } from '../settings/data-dir.js'
import { type EndpointSettings, mailStoreOf } from '../settings/endpoint-settings.js'
import { openMailStore } from './mail-store-place.js'
import { surveyMail, surveyWords } from './survey-mail.js'

/** `packetboat serve --check`: whether each account's mail can be reached, and what its server makes possible. Throws what the first failure was. */
export async function checkAccounts(
  { output, signal }: Pick<CommandContext, 'output' | 'signal'>,
  data: DataDir,
  settings: EndpointSettings,
): Promise<void> {
  let failure: unknown
  for (const name of Object.keys(settings.accounts)) {
    const place = mailStoreOf(settings, name)
    try {
      const store = await openMailStore(place, data.path('accounts', name))
      try {
        if (store.check) {
          const check = await store.check(signal)
          output.result({ event: 'checked', account: name, ...check }, checkedWords(name, check))
          continue
        }
        const survey = await surveyMail(store, signal)
        const [first = '', ...rest] = surveyWords(survey)
        output.result({ event: 'checked', account: name, ...survey }, [
          `${name}: a Maildir with ${first}.`,
          ...rest,
        ])
      } finally {
        await store.close?.()
      }
    } catch (error) {
      if (signal.aborted) throw error
      if (failure !== undefined) output.error(error)
      failure ??= error
    }
  }
  if (failure !== undefined) throw failure
}

function checkedWords(name: string, check: ServerCheck): string[] {
  const { software, extensions, mailboxes, messages, sizeBytes, keywords, wholeBytes, apart } = check
  const size = sizeBytes === undefined ? '' : `, ${formatBytes(sizeBytes)}`
  return [
    `${name}: ${software ?? 'an IMAP server'}, ${mailboxes} mailboxes, ${messages} messages${size}. The first look reads all of it, once, but of messages over ${formatBytes(wholeBytes)} the beginning and the end.`,
    ...extensions.map(
      ({ names, offered, effect }) => `  ${offered ? 'has' : 'has not'} ${names.join(' or ')}: ${effect}.`,
    ),
    ...apart.map(({ mailbox, reason }) => `  ${mailbox} takes no part: ${reason}`),
    ...(keywords ? [] : ['  keeps no keywords of its own: packetboat and its devices do.']),
  ]
}
