import { PacketboatError } from '../errors/packetboat-error.js'
import { defaultGuard, type Guard } from '../sync/guard.js'
import { defaultPolicy, type Policy } from '../sync/policy.js'
import type { DataDir } from './data-dir.js'
import { parseBytes } from './sizes.js'
import {
  count,
  oneOf,
  readSettings,
  type SettingReader,
  type SettingReaders,
  share,
  text,
  texts,
  writeSettings,
} from './toml-settings.js'

/** `client.toml`: written by `packetboat init`, edited by the person. */
export interface ClientSettings {
  /** The pairing string: holds the secret, so the file is 0600. */
  readonly endpoint: string
  readonly maildir: string
  readonly names?: 'mutf7' | 'utf8'
  /** Which mailboxes take part: IMAP patterns, `!` excludes, the last match wins. */
  readonly mailboxes?: readonly string[]
  /** Mailboxes that go first, in this order. */
  readonly priority?: readonly string[]
  /** Parts up to this size come by themselves; bigger ones wait until they are wanted. */
  readonly attachments?: number
  /** Bytes of text in a frame, of which all is sent again when it is cut. Measured by default; 4k is for slow lines. */
  readonly frames?: number
  /** Give up after so many seconds without a byte from the line. */
  readonly giveUpAfter?: number
  /** More than this share of a mailbox is not expunged in one run without asking, 0 to 1. */
  readonly guardShare?: number
  /** Fewer messages than this may always go. */
  readonly guardLeast?: number
  /** Days for which messages that were expunged on suspicion can be had back. */
  readonly keepExpunged?: number
  /** By mailbox pattern. */
  readonly mailbox?: { readonly [pattern: string]: MailboxSettings }
}

export interface MailboxSettings {
  /** `synchronous`: an expunge here is not done before the endpoint has confirmed it. */
  readonly expunge?: 'asynchronous' | 'synchronous'
}

const size: SettingReader<number> = (value) => {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  if (typeof value === 'string') return parseBytes(value, 'attachments')
  throw new Error('a size like "64k"')
}

const seconds: SettingReader<number> = (value) => {
  if (typeof value !== 'number' || !(value > 0)) throw new Error('a number of seconds')
  return value
}

const mailboxSettings: SettingReader<Record<string, MailboxSettings>> = (value) => {
  const settings: Record<string, MailboxSettings> = {}
  for (const [pattern, table] of Object.entries(tableOf(value)))
    for (const [name, each] of Object.entries(tableOf(table))) {
      if (name !== 'expunge')
        throw new Error(`a table with the setting expunge, not "${name}" (in "${pattern}")`)
      try {
        settings[pattern] = { expunge: oneOf('asynchronous', 'synchronous')(each) }
      } catch (error) {
        throw new Error(`a table in which expunge is ${(error as Error).message} (in "${pattern}")`)
      }
    }
  return settings
}

function tableOf(value: unknown): object {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('a table, like [mailbox."Archive/*"]')
  return value
}

export const clientReaders: SettingReaders<ClientSettings> = {
  endpoint: text,
  maildir: text,
  names: oneOf('mutf7', 'utf8'),
  mailboxes: texts,
  priority: texts,
  attachments: size,
  frames: size,
  giveUpAfter: seconds,
  guardShare: share,
  guardLeast: count,
  keepExpunged: count,
  mailbox: mailboxSettings,
}

const pathOf = (data: DataDir): string => data.path('client.toml')

export function readClientSettings(data: DataDir): ClientSettings {
  const settings = readSettings(pathOf(data), clientReaders)
  const { endpoint, maildir } = settings
  if (endpoint === undefined || maildir === undefined)
    throw new PacketboatError(
      'CONFIG',
      `No client is set up in ${data.root}.`,
      'Get a pairing string from your endpoint (packetboat device add ACCOUNT NAME), then run packetboat init STRING.',
    )
  return { ...settings, endpoint, maildir }
}

export function isClient(data: DataDir): boolean {
  return readSettings(pathOf(data), clientReaders).endpoint !== undefined
}

export function writeClientSettings(data: DataDir, settings: ClientSettings): void {
  writeSettings(pathOf(data), settings)
}

export function guardOf({
  guardShare,
  guardLeast,
}: Pick<ClientSettings, 'guardShare' | 'guardLeast'>): Guard {
  return { share: guardShare ?? defaultGuard.share, least: guardLeast ?? defaultGuard.least }
}

/** Mailboxes whose expunges are synchronous, the others excluded again where patterns overlap. */
export function synchronousOf({ mailbox = {} }: ClientSettings): string[] {
  const patterns = Object.entries(mailbox).map(([pattern, { expunge }]) =>
    expunge === 'synchronous' ? pattern : `!${pattern}`,
  )
  return patterns.some((pattern) => !pattern.startsWith('!')) ? ['!*', ...patterns] : []
}

/** The policy that the settings make, but for the order of mailboxes. */
export function policyOf(settings: ClientSettings): Policy {
  return {
    ...defaultPolicy,
    select: settings.mailboxes ?? [],
    attachmentBytes: settings.attachments ?? defaultPolicy.attachmentBytes,
  }
}
