import { type ByteSource, readRange } from '../../../bytes/source.js'
import { PacketboatError } from '../../../errors/packetboat-error.js'
import type { AsideMessage } from '../../../mailstore/aside-folder.js'
import { readMarker, withoutMarker } from '../../../mime/stand-in/stand-in.js'
import { type MailboxPath, pathText } from '../../../replica/model.js'
import { standInMarking } from '../../../sync/content/stand-in-key.js'
import type { CommandContext } from '../../command-context.js'
import { openEitherSide } from '../../session/account-session.js'
import type { OpenAccount } from '../../session/open-account.js'
import { counted, formatBytes } from '../../text/sizes.js'

export interface ExpungedOptions {
  readonly restore?: string
  readonly account?: string
}

/** `packetboat expunged`: what went because the other side said so, and can still be had back; `--restore NAME` or `--restore all`. */
export async function expungedCommand(context: CommandContext, options: ExpungedOptions): Promise<void> {
  const { restore } = options
  const session = await openEitherSide(context, options.account, { beside: restore === undefined })
  try {
    const { account } = session
    const kept = await account.mailStore.aside.list()
    if (restore === undefined) return tell(context, kept)
    const chosen = kept.filter(({ name }) => restore === 'all' || name === restore)
    if (chosen.length === 0)
      throw new PacketboatError(
        'NOT_FOUND',
        `There is no message ${restore} to restore.`,
        'packetboat expunged lists them.',
      )
    const there = (await account.mailStore.mailboxes())
      .filter(({ unreadable }) => !unreadable)
      .map(({ path }) => pathText(path))
    const mailboxes = new Set(there)
    for (const { name, mailbox } of chosen)
      await restoreMessage(account, name, mailboxes.has(pathText(mailbox)) ? mailbox : ['INBOX'])
    const next = account.replica.hasUpstream
      ? 'The next sync sends them up.'
      : 'Devices get them with their next sync.'
    context.output.result({ event: 'restored', messages: chosen.length }, [
      `${counted(chosen.length, 'message')} restored as new mail. ${next}`,
    ])
  } finally {
    await session.close()
  }
}

function tell({ output }: CommandContext, kept: readonly AsideMessage[]): void {
  const lines = kept.map(
    ({ name, mailbox, atMs, sizeBytes }) =>
      `${name}  ${formatBytes(sizeBytes).padStart(7)}  ${pathText(mailbox)}  ${new Date(atMs).toISOString().slice(0, 10)}`,
  )
  output.result(
    { event: 'expunged', messages: kept.map((each) => ({ ...each, mailbox: pathText(each.mailbox) })) },
    lines.length > 0
      ? [...lines, 'Restore one: packetboat expunged --restore NAME']
      : ['There are no messages to restore.'],
  )
}

/** Written as new mail first and only then forgotten: whatever ends this in between leaves two rather than none. */
async function restoreMessage(account: OpenAccount, name: string, path: MailboxPath): Promise<void> {
  const { mailStore, replica } = account
  const source = await mailStore.aside.open(name)
  try {
    // Of a message that had only come in part, what it showed comes back: what is missing can't be asked for any more.
    const standsIn = replica.hasUpstream && (await isStandIn(account, source))
    const message = { guid: replica.nextGuid(), flags: [], internalDateMs: source.internalDateMs }
    await mailStore.put(path, message, standsIn ? withoutMarker(source) : readRange(source))
    await mailStore.flush()
  } finally {
    await source.close()
  }
  await mailStore.aside.remove(name)
}

async function isStandIn(account: OpenAccount, source: ByteSource): Promise<boolean> {
  const marker = await readMarker(source, await standInMarking(account))
  return marker.kind === 'partial' && marker.proved
}
