import { duration, size, texts } from '../settings/kind.js'
import { section, setting, type WrittenOf } from '../settings/section.js'
import { dayOf, type Rule } from '../sync/rules.js'
import { comeWords } from './come-words.js'

/** Of messages that fit, what comes at once. */
export const ruleSettings = section({
  table: 'rule',
  keyed: { name: 'NAME', example: 'lists' },
  side: 'client',
  about:
    'What comes at once of messages that fit all that a rule says; of several rules the last one decides',
  settings: {
    mailboxes: setting(texts, {
      example: '["Lists/*"]',
      help: 'Only in these mailboxes: patterns as above',
    }),
    from: setting(texts, {
      example: '["*@example.org"]',
      help: 'Only from these addresses, in any case; * stands for anything',
    }),
    olderThan: setting(duration('days'), {
      example: '"30 days"',
      help: 'Only messages that came before that, counted by days',
    }),
    largerThan: setting(size, {
      example: '"200k"',
      help: 'Only messages whose parts come to more',
    }),
    links: setting(texts, {
      example: '["iridium", "hf"]',
      help: 'Only on these links',
    }),
    come: setting(comeWords, {
      example: '["text <= 8k", "attachments never"]',
      help: 'What comes at once of their parts; the last that fits decides',
    }),
  },
})

type WrittenRule = WrittenOf<typeof ruleSettings.settings>

/** The rules of a run, by what the file says, in its order. */
export function rulesOf(
  written: ReadonlyMap<string, WrittenRule>,
  { link, nowMs }: { readonly link: string; readonly nowMs: number },
): Rule[] {
  return [...written.values()].flatMap(
    ({ mailboxes = [], from = [], olderThan, largerThan, links, come = [] }) =>
      links && !links.includes(link)
        ? []
        : {
            mailboxes,
            from,
            ...(olderThan !== undefined && { beforeDay: Math.max(0, dayOf(nowMs - olderThan)) }),
            ...(largerThan !== undefined && { aboveBytes: largerThan }),
            limits: come,
          },
  )
}
