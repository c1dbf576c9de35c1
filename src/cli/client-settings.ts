import { PacketboatError } from '../errors/packetboat-error.js'
import type { Config } from '../settings/config.js'
import { oneOf, path, type Secret, secret, size, texts } from '../settings/kind.js'
import { section, setting, type ValuesOf, type WrittenOf } from '../settings/section.js'
import { defaultPolicy, type Policy } from '../sync/policy.js'
import type { Rule } from '../sync/rules.js'
import { sharedHistories } from '../sync/shared-history.js'
import { comeWords } from './come-words.js'
import { generalSettings } from './general-settings.js'
import { ofLink } from './link-come-settings.js'
import type { OpenConfig } from './open-config.js'
import { ruleSettings, rulesOf } from './rule-settings.js'

/** What the side that asks reads. */
export const clientSettings = section({
  table: '',
  side: 'client',
  about: 'The account on this machine, and what comes of it',
  settings: {
    endpoint: setting(secret, {
      example: '{ command = ["pass", "show", "packetboat"] }',
      help: 'The pairing string, which is a secret; packetboat init writes it here',
    }),
    maildir: setting(path, {
      example: '"~/Maildir"',
      help: 'Where the mail is',
      flag: '--maildir <path>',
    }),
    mailboxes: setting(texts, {
      default: [],
      example: '["*", "!Junk", "!Lists/*"]',
      help: 'Which mailboxes take part: IMAP patterns, ! excludes, the last match wins',
    }),
    priority: setting(texts, {
      default: [],
      example: '["INBOX", "Work/*"]',
      help: 'Mailboxes that go first, in this order; then INBOX, what is in use, the rest',
    }),
    attachments: setting(size, {
      default: defaultPolicy.attachmentBytes,
      help: 'Parts up to this size come by themselves, bigger ones wait; "none", "all"',
      flag: '--attachments <size>',
    }),
    come: setting(comeWords, {
      default: [],
      example: '["html never", "attachments <= 64k", "calendar always"]',
      help: 'What else comes at once, or never does, by kind of part; "structure <= 8k" is about long headers; the last that fits decides',
    }),
    perMessage: setting(size, {
      default: defaultPolicy.messageBytes,
      help: 'So much of the parts of one message comes by itself, and the rest waits; one part that a larger limit lets through comes all the same',
    }),
    coldHeaders: setting(size, {
      default: defaultPolicy.coldBytes,
      help: 'Header fields that nobody reads (signatures, traces) come by themselves up to this size',
    }),
    sharedHistory: setting(oneOf(...sharedHistories), {
      default: defaultPolicy.sharedHistory,
      help: 'Whose mail may save bytes of whose; sizes tell of it to who sends you mail and sees your line: "all"; "correspondent", of the same sender or what it answers; "off"',
    }),
    frames: setting(size, {
      example: '"4k"',
      help: 'Text in one frame, of which all is sent again when it is cut; by the line when nobody says',
    }),
  },
})

/** What a client's mailboxes may have of their own. */
export const mailboxSettings = section({
  table: 'mailbox',
  keyed: { name: 'PATTERN', example: 'Archive/*' },
  side: 'client',
  about: 'Of mailboxes by pattern',
  settings: {
    expunge: setting(oneOf('asynchronous', 'synchronous'), {
      example: '"synchronous"',
      help: '"synchronous": an expunge here is not done before the endpoint has confirmed it',
    }),
  },
})

/** The settings of a client that is set up. */
export type ClientSettings = ValuesOf<typeof clientSettings.settings> &
  ValuesOf<typeof generalSettings.settings> & {
    readonly endpoint: Secret
    readonly maildir: string
    readonly mailbox: ReadonlyMap<string, WrittenOf<typeof mailboxSettings.settings>>
  }

/** Throws CONFIG when no client is set up. */
export function clientSettingsOf({ config, path: file }: OpenConfig): ClientSettings {
  const values = config.values(clientSettings)
  const { endpoint, maildir } = values
  if (endpoint === undefined || maildir === undefined)
    throw new PacketboatError(
      'CONFIG',
      `No client is set up in ${file}.`,
      'Get a pairing string from your endpoint (packetboat device add ACCOUNT NAME), then run packetboat init STRING.',
    )
  return {
    ...values,
    ...config.values(generalSettings),
    mailbox: config.named(mailboxSettings),
    endpoint,
    maildir,
  }
}

export function isClient(config: Config): boolean {
  return config.values(clientSettings).endpoint !== undefined
}

/** Mailboxes whose expunges are synchronous, the others excluded again where patterns overlap. */
export function synchronousOf({ mailbox }: Pick<ClientSettings, 'mailbox'>): string[] {
  const patterns = [...mailbox].map(([pattern, { expunge }]) =>
    expunge === 'synchronous' ? pattern : `!${pattern}`,
  )
  return patterns.some((pattern) => !pattern.startsWith('!')) ? ['!*', ...patterns] : []
}

/** What somebody has said, for this link before any, then what is usual on such links. */
function perMessageOnLink(config: Config, link: string): number {
  const { said, usual } = ofLink(config, link, 'perMessage')
  const isSet = config.origin(clientSettings.settings.perMessage).from !== 'default'
  const { perMessage } = config.values(clientSettings)
  return said ?? (isSet ? perMessage : (usual ?? perMessage))
}

/** The policy that the settings make for a run on a link at this time, but for the order of mailboxes. */
export function policyOf(
  { config }: Pick<OpenConfig, 'config'>,
  { link, nowMs }: { readonly link: string; readonly nowMs: number },
): Policy {
  const { mailboxes, attachments, coldHeaders, come, sharedHistory } = config.values(clientSettings)
  const { said = [], usual = [] } = ofLink(config, link, 'come')
  const sized = config.origin(clientSettings.settings.attachments).from !== 'default'
  // What somebody has said about attachments anywhere goes before what is usual on such links.
  const standard = usual.filter(({ what }) => !(sized && what === 'attachments'))
  const always: Rule[] = [standard, come, said]
    .filter((limits) => limits.length > 0)
    .map((limits) => ({ mailboxes: [], from: [], limits }))
  return {
    ...defaultPolicy,
    select: mailboxes,
    attachmentBytes: attachments,
    messageBytes: perMessageOnLink(config, link),
    coldBytes: coldHeaders,
    sharedHistory,
    rules: [...always, ...rulesOf(config.named(ruleSettings), { link, nowMs })],
  }
}
