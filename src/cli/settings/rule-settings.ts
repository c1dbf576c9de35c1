import { type Config, describeOrigin, type Problem } from '../../settings/config.js'
import { duration, size, texts } from '../../settings/kind.js'
import { section, setting, type WrittenOf } from '../../settings/section.js'
import { dayOf, type Limit, type Rule } from '../../sync/policy/rules.js'
import { type GistWish, gistWords } from '../gist/gist-words.js'
import { pixels } from '../pictures/pixels.js'
import { comeWords } from './come-words.js'
import { keepWords } from './keep-words.js'

/** A rule says what comes of matching messages. */
export const ruleSettings = section({
  table: 'rule',
  keyed: { name: 'NAME', example: 'lists' },
  side: 'client',
  about:
    'What to fetch at once of messages that match everything in a rule, or how large pictures in mail that you send may be. If several rules match, the last one decides',
  settings: {
    mailboxes: setting(texts, {
      example: '["Lists/*"]',
      help: 'Only messages in these mailboxes (patterns as above)',
    }),
    from: setting(texts, {
      example: '["*@example.org"]',
      help: 'Only messages from these addresses; * matches anything, and case does not matter',
    }),
    to: setting(texts, {
      example: '["*@example.org"]',
      help: 'Only mail that you send to one of these addresses; for shrink',
    }),
    olderThan: setting(duration('days'), {
      example: '"30 days"',
      help: 'Only messages older than this, counted in days',
    }),
    largerThan: setting(size, {
      example: '"200k"',
      help: 'Only messages whose parts together are larger than this',
    }),
    links: setting(texts, {
      example: '["iridium", "hf"]',
      help: 'Only on these links',
    }),
    come: setting(comeWords, {
      example: '["text <= 8k", "attachments never"]',
      help: 'What to fetch at once of their parts. The last entry that matches decides',
    }),
    gist: setting(gistWords, {
      example: '"always"',
      help: 'Whether these messages come as text if they are written in HTML only, and long text shortened',
    }),
    keep: setting(keepWords, {
      example: '"30 days"',
      help: 'How much of these mailboxes to fetch. Not in a rule with from, to, olderThan or largerThan',
    }),
    shrink: setting(pixels, {
      example: '"never"',
      help: 'The same for pictures in mail that you send, if this rule matches it. Not in a rule with mailboxes or olderThan',
    }),
  },
})

export type WrittenRule = WrittenOf<typeof ruleSettings.settings>

/** The rules of a run, by what the file says, in its order. `gistLimits` says what words for gists mean in it. */
export function rulesOf(
  written: ReadonlyMap<string, WrittenRule>,
  { link, nowMs }: { readonly link: string; readonly nowMs: number },
  gistLimits: (wishes: readonly GistWish[]) => readonly Limit[],
): Rule[] {
  return [...written.values()].flatMap(
    ({ mailboxes = [], from = [], to, olderThan, largerThan, links, come = [], gist }) =>
      to || (links && !links.includes(link))
        ? []
        : {
            mailboxes,
            from,
            ...(olderThan !== undefined && { beforeDay: Math.max(0, dayOf(nowMs - olderThan)) }),
            ...(largerThan !== undefined && { aboveBytes: largerThan }),
            limits: [...come, ...gistLimits(gist ?? [])],
          },
  )
}

/** A window is over mailboxes: a rule that picks messages of them can't have one. */
export function misplacedKeep(config: Config): Problem[] {
  return [...config.named(ruleSettings)].flatMap(([name, { keep, from, to, olderThan, largerThan }]) => {
    const picks = Object.entries({ from, to, olderThan, largerThan }).find(([, value]) => value !== undefined)
    if (keep === undefined || !picks) return []
    const saidBy = config.namedOrigin(ruleSettings, name, 'keep')
    return {
      code: 'CONFIG',
      message: `${saidBy ? describeOrigin(saidBy) : 'The settings'}: keep is for whole mailboxes, and ${picks[0]} makes "${name}" a rule for some messages.`,
      next: `Remove ${picks[0]} or keep from [rule.${name}]. To say what to fetch of some messages, use come.`,
    }
  })
}
