import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import { PacketboatError } from '../errors/packetboat-error.js'
import { type ImapMailStore, openImapMailStore } from '../mailstore/imap/imap-mail-store.js'
import { openMaildir } from '../mailstore/maildir/maildir.js'
import type { MailStore } from '../sync/mail-store.js'
import { type ImapSettings, imapServerOf, readImapSettings } from './imap-settings.js'

/** Where an account's mail is: a Maildir, or a server. */
export type MailStorePlace =
  | {
      readonly kind: 'maildir'
      readonly path: string
      readonly names: 'mutf7' | 'utf8'
      /** Make the Maildir when it isn't there. An endpoint never does: a missing tree is an unmounted disk. */
      readonly create: boolean
    }
  | { readonly kind: 'imap'; readonly settings: ImapSettings }

/** A mail store, and what one that is a server can do besides. */
export interface OpenMailStore extends MailStore, Partial<Pick<ImapMailStore, 'watch' | 'check' | 'close'>> {}

/** A server that keeps no mod-sequences is asked for all flags this often at most: a star that somebody sets there may come a minute late. */
const flagsFreshMs = 60_000

/** `heldFolder` is for what a server can't hold for us. */
export async function openMailStore(place: MailStorePlace, heldFolder: string): Promise<OpenMailStore> {
  if (place.kind === 'imap')
    return openImapMailStore({
      server: imapServerOf(place.settings),
      now: Date.now,
      heldFolder,
      flagsFreshMs,
    })
  const { path, names, create } = place
  return openMaildir(path, {
    names,
    create,
    now: Date.now,
    randomBytes: (size) => new Uint8Array(randomBytes(size)),
  })
}

/** An account as `endpoint.toml` has it: `"maildir:PATH"`, or the table of an IMAP server. Throws USAGE, CONFIG. */
export function readMailStorePlace(
  name: string,
  value: unknown,
  { names }: { readonly names: 'mutf7' | 'utf8' },
): MailStorePlace {
  // Names become folder names: letters, digits and a few signs.
  if (!/^[\p{L}\p{N}][\p{L}\p{N}._@+-]{0,63}$/u.test(name))
    throw new PacketboatError(
      'USAGE',
      `"${name}" can't be the name of an account.`,
      'Use up to 64 letters, digits, dots, dashes, underscores, + and @, beginning with a letter or digit.',
    )
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return { kind: 'imap', settings: readImapSettings(name, value) }
  const match = typeof value === 'string' ? /^maildir:(.+)$/s.exec(value) : undefined
  if (!match?.[1])
    throw new PacketboatError(
      'USAGE',
      `The account ${name} has no mail store.`,
      'Write it as maildir:PATH, or set up an IMAP server for it in endpoint.toml (docs/IMAP.md).',
    )
  return { kind: 'maildir', path: resolve(match[1]), names, create: false }
}
