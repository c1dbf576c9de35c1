import { dirname, join } from 'node:path'
import { PacketboatError } from '../../errors/packetboat-error.js'
import type { Config } from '../../settings/config.js'
import { duration, oneOf, path, type Secret, secret, size, texts } from '../../settings/kind.js'
import { section, setting, type ValuesOf, type WrittenOf } from '../../settings/section.js'
import { defaultPolicy, type Policy } from '../../sync/policy/policy.js'
import type { Rule } from '../../sync/policy/rules.js'
import { sharedHistories } from '../../sync/policy/shared-history.js'
import type { Window } from '../../sync/policy/window.js'
import { gistLimitsOf, gistWords } from '../gist/gist-words.js'
import { comeWords } from './come-words.js'
import { isEmptyDir } from './data-dir.js'
import { generalSettings } from './general-settings.js'
import { keepWords } from './keep-words.js'
import { readLinkSetting } from './link-come-settings.js'
import { ruleSettings, rulesOf } from './rule-settings.js'
import { homeOf } from './user-folders.js'

/** What the side that asks reads. */
export const clientSettings = section({
  table: '',
  side: 'client',
  about: 'The account on this machine, and how much of its mail to fetch',
  settings: {
    endpoint: setting(secret, {
      example: '{ command = ["pass", "show", "packetboat"] }',
      help: 'The pairing string, a secret. packetboat init writes it here',
      ofOneAccount: true,
    }),
    maildir: setting(path, {
      example: '"~/Maildir"',
      help: 'The Maildir that holds the mail',
      ofOneAccount: true,
      flag: '--maildir <path>',
    }),
    mailboxes: setting(texts, {
      default: [],
      example: '["*", "!Junk", "!Lists/*"]',
      help: 'Mailboxes to sync: IMAP patterns; ! excludes; the last match wins',
    }),
    priority: setting(texts, {
      default: [],
      example: '["INBOX", "Work/*"]',
      help: 'Mailboxes to sync first, in this order, before INBOX, the mailboxes in use and the rest',
    }),
    attachments: setting(size, {
      default: defaultPolicy.attachmentBytes,
      help: 'Fetch attachments up to this size by themselves; bigger ones wait. Also "none", "all"',
      flag: '--attachments <size>',
    }),
    keep: setting(keepWords, {
      default: 'all',
      example: '"90 days"',
      help: 'How much of each mailbox to fetch: "90 days", "500 messages" or "all". Older mail stays ashore: it isn\'t listed here, and nothing deletes it there. Flagged and unread messages, drafts, and messages that a new one answers come at any age',
    }),
    evict: setting(duration('days'), {
      example: '"60 days"',
      help: 'Remove mail from this disk this long after it became older than keep says on every link, and after somebody last read it (at least a day). By default no mail leaves. The endpoint keeps what has left. Flagged and unread messages, drafts, and what other programs put here stay',
    }),
    diskBudget: setting(size, {
      example: '"2 GB"',
      help: 'If the mail here takes more than this, mail that is older than keep says leaves this disk sooner, the oldest first, but no sooner than a day after somebody read it',
      check: (bytes) =>
        bytes > 0 && bytes < Number.MAX_SAFE_INTEGER
          ? undefined
          : 'a size like "2 GB"; without diskBudget, mail may take as much as there is, and packetboat evict takes off what can go',
    }),
    come: setting(comeWords, {
      default: [],
      example: '["html never", "attachments <= 64k", "calendar always"]',
      help: 'What to fetch at once or never, by kind of part. "structure <= 8k" limits long headers. The last entry that matches decides',
    }),
    perMessage: setting(size, {
      default: defaultPolicy.messageBytes,
      help: 'How much of one message to fetch by itself; the rest waits. A part that a larger limit allows is fetched anyway',
    }),
    coldHeaders: setting(size, {
      default: defaultPolicy.coldBytes,
      help: 'Fetch header fields that nobody reads (signatures, traces) by themselves up to this size',
    }),
    gist: setting(gistWords, {
      default: [{ word: 'auto' }],
      help: 'Whether long mail comes shortened, and the whole only with packetboat fetch. Mail in HTML only comes as text: up to 4 kB, or 1 kB if it went to many. A long text comes without quotes and without its end. "auto" does this on links with a rate below 100 kbit/s. A list says it by kind: "html > 8k", "archives never". Pictures come small only if a list names them: "images > 50k". The last entry that matches decides',
    }),
    sharedHistory: setting(oneOf(...sharedHistories), {
      default: defaultPolicy.sharedHistory,
      help: 'Which mail that both sides hold may shorten new mail: "all"; "correspondent", only mail from the same sender or mail that it answers; "off". With "all", a sender who sees how much your line carries can find out what mail you hold',
    }),
    frames: setting(size, {
      example: '"4k"',
      help: 'How much text goes into one frame. A frame that is interrupted is sent again as a whole. By default packetboat chooses a size that suits the line',
    }),
  },
})

/** What a client's mailboxes may have of their own. */
export const mailboxSettings = section({
  table: 'mailbox',
  keyed: { name: 'PATTERN', example: 'Archive/*' },
  side: 'client',
  about: 'Mailboxes that match a pattern',
  settings: {
    expunge: setting(oneOf('asynchronous', 'synchronous'), {
      example: '"synchronous"',
      help: 'When a message that you delete here is removed: at once ("asynchronous", the default), or when the endpoint has confirmed it ("synchronous")',
    }),
    keep: setting(keepWords, { example: '"all"', help: 'How much of these mailboxes to fetch' }),
  },
})

/** The settings of a client that is set up. */
export type ClientSettings = ValuesOf<typeof clientSettings.settings> &
  ValuesOf<typeof generalSettings.settings> & {
    readonly endpoint: Secret
    readonly maildir: string
    readonly mailbox: ReadonlyMap<string, WrittenOf<typeof mailboxSettings.settings>>
  }

interface LoadedClient {
  readonly config: Config
  readonly path: string
  readonly dataRoot: string
}

/** Throws CONFIG when no client is set up. */
export function clientSettingsOf(loaded: LoadedClient): ClientSettings {
  const { config } = loaded
  const values = config.values(clientSettings)
  const { endpoint, maildir } = values
  if (endpoint === undefined || maildir === undefined) throw noClient(loaded)
  return {
    ...values,
    ...config.values(generalSettings),
    mailbox: config.named(mailboxSettings),
    endpoint,
    maildir,
  }
}

export function noClient({ path, dataRoot }: Omit<LoadedClient, 'config'>): PacketboatError {
  const isBare = dirname(path) === dataRoot && isEmptyDir(dataRoot)
  return new PacketboatError(
    'CONFIG',
    `No client is set up in ${path}${isBare ? `: ${dataRoot} is empty` : ''}.`,
    `${isBare ? 'If that is where a disk belongs, mount it: the client is there. Else get' : 'Get'} a pairing string from your endpoint (packetboat device add ACCOUNT NAME), then run packetboat init and paste it.`,
  )
}

export function isClient(config: Config): boolean {
  return config.values(clientSettings).endpoint !== undefined
}

/** Mailboxes whose expunges are synchronous, the others excluded again where patterns overlap. */
export function synchronousOf({ mailbox }: Pick<ClientSettings, 'mailbox'>): string[] {
  const patterns = [...mailbox].flatMap(([pattern, { expunge }]) =>
    expunge === undefined ? [] : [expunge === 'synchronous' ? pattern : `!${pattern}`],
  )
  return patterns.some((pattern) => !pattern.startsWith('!')) ? ['!*', ...patterns] : []
}

/** What somebody has said, for this link before any, then what is usual on such links. */
function perMessageOnLink(config: Config, link: string): number {
  const { said, usual } = readLinkSetting(config, link, 'perMessage')
  const isSet = config.origin(clientSettings.settings.perMessage).from !== 'default'
  const { perMessage } = config.values(clientSettings)
  return said ?? (isSet ? perMessage : (usual ?? perMessage))
}

/** The policy that the settings make for a run on a link at this time, but for the order of mailboxes. */
export function policyOf(
  { config }: { readonly config: Config },
  { link, nowMs }: { readonly link: string; readonly nowMs: number },
): Policy {
  const { mailboxes, attachments, coldHeaders, come, sharedHistory } = config.values(clientSettings)
  const { said = [], usual = [] } = readLinkSetting(config, link, 'come')
  const sized = config.origin(clientSettings.settings.attachments).from !== 'default'
  // What somebody has said about attachments anywhere goes before what is usual on such links.
  const standard = usual.filter(({ what }) => !(sized && what === 'attachments'))
  const limits = gistLimitsOf(config, link, [
    { word: 'auto' },
    ...config.values(clientSettings).gist,
    ...(readLinkSetting(config, link, 'gist').said ?? []),
  ])
  const gists = limits.some(({ upToBytes }) => Number.isFinite(upToBytes)) ? limits : []
  const always: Rule[] = [standard, come, said, gists]
    .filter((limits) => limits.length > 0)
    .map((limits) => ({ mailboxes: [], from: [], limits }))
  return {
    ...defaultPolicy,
    select: mailboxes,
    attachmentBytes: attachments,
    messageBytes: perMessageOnLink(config, link),
    coldBytes: coldHeaders,
    sharedHistory,
    rules: [
      ...always,
      ...rulesOf(config.named(ruleSettings), { link, nowMs }, (wishes) => gistLimitsOf(config, link, wishes)),
    ],
    windows: windowsOf(config, link),
  }
}

/**
 * How much of each mailbox a run on this link holds. What is set for some mailboxes overrides what is set for
 * all, a rule overrides both, and a later table overrides an earlier one.
 */
export function windowsOf(config: Config, link: string): Window[] {
  const { said } = readLinkSetting(config, link, 'keep')
  const keep = said ?? config.values(clientSettings).keep
  const some = [...config.named(mailboxSettings)].map(([pattern, { keep }]) => ({
    mailboxes: [pattern],
    keep,
  }))
  const ruled = [...config.named(ruleSettings).values()].flatMap(({ links, mailboxes = [], keep }) =>
    links && !links.includes(link) ? [] : { mailboxes, keep },
  )
  const own = [...some, ...ruled].flatMap(({ mailboxes, keep }) =>
    keep === undefined ? [] : { mailboxes, keep },
  )
  return keep === 'all' && own.length === 0 ? [] : [{ mailboxes: [], keep }, ...own]
}

/** Where an account's mail is unless the person says otherwise. */
export function usualMaildir(account: string | undefined, env: NodeJS.ProcessEnv): string {
  return join(homeOf(env), account === undefined ? 'Maildir' : `Maildir-${account}`)
}
