import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { PacketboatError } from '../../errors/packetboat-error.js'
import { type AsideBounds, AsideFolder } from '../../mailstore/aside-folder.js'
import type { ImapMailStore } from '../../mailstore/imap/imap-mail-store.js'
import { triesAgain } from '../../mailstore/imap/session/imap-errors.js'
import { openMaildir } from '../../mailstore/maildir/maildir.js'
import type { LayoutChoice } from '../../mailstore/maildir/names/detect-naming.js'
import type { MailStore } from '../../sync/mail-store.js'
import { type ImapSettings, imapServerOf } from '../settings/accounts/imap-settings.js'
import { refuseRootOver } from './not-as-root.js'

/** Where an account's mail is: in a Maildir, or on a server. */
export type MailStorePlace =
  | {
      readonly kind: 'maildir'
      readonly path: string
      readonly names: 'mutf7' | 'utf8'
      readonly layout: LayoutChoice
      /** Make the Maildir when it isn't there. An endpoint never does: a missing tree is an unmounted disk. */
      readonly create: boolean
    }
  | { readonly kind: 'imap'; readonly settings: ImapSettings }

/** A mail store, and what one that is a server can do besides. */
export interface OpenMailStore extends MailStore, Partial<Pick<ImapMailStore, 'watch' | 'check' | 'close'>> {
  readonly aside: AsideFolder
}

/** A server that keeps no mod-sequences is asked for all flags this often at most: a star that somebody sets there may come a minute late. */
const flagsFreshMs = 60_000

/** `folder` is for what a server can't hold for us. */
export async function openMailStore(
  place: MailStorePlace,
  folder: string,
  bounds?: AsideBounds,
): Promise<OpenMailStore> {
  const random = (size: number): Uint8Array => new Uint8Array(randomBytes(size))
  if (place.kind === 'imap') {
    // Loaded only where needed: the library takes as long to load as the rest of the program.
    const { openImapMailStore } = await import('../../mailstore/imap/imap-mail-store.js')
    const server = imapServerOf(place.settings)
    const aside = new AsideFolder(join(folder, 'expunged'), {
      now: Date.now,
      randomBytes: random,
      ...(bounds && { bounds }),
    })
    const heldFolder = join(folder, 'held')
    return openImapMailStore({ server, now: Date.now, heldFolder, aside, flagsFreshMs })
  }
  const { path, names, layout, create } = place
  refuseRootOver(path)
  return openMaildir(path, {
    names,
    layout,
    create,
    now: Date.now,
    randomBytes: random,
    ...(bounds && { aside: bounds }),
  })
}

/** Opens it, looks whether it answers, and closes it. Throws what is wrong with it: nothing is served yet, so nothing tries again by itself. */
export async function tryMailStore(
  place: MailStorePlace,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    const opened = await openMailStore(place, folder)
    try {
      await opened.check?.(signal)
    } finally {
      await opened.close?.()
    }
  } catch (error) {
    if (!(error instanceof PacketboatError) || !error.next.startsWith(triesAgain)) throw error
    const next = 'Nothing was changed. Check host, port and how the connection is encrypted.'
    throw new PacketboatError(error.code, error.message, next, { cause: error.cause })
  }
}
