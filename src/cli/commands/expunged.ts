import { join } from 'node:path'
import { PacketboatError } from '../../errors/packetboat-error.js'
import { listAside, restoreAside } from '../../mailstore/maildir/aside.js'
import { folderOf } from '../../mailstore/maildir/mailbox-name.js'
import { pathText } from '../../replica/model.js'
import { openClient } from '../client-session.js'
import type { CommandContext } from '../command-context.js'
import { formatBytes } from '../sizes.js'

/** `packetboat expunged`: what was expunged on suspicion and can still be had back; `--restore NAME` or `--restore all`. */
export async function expungedCommand(
  context: CommandContext,
  options: { readonly restore?: string },
): Promise<void> {
  const { restore } = options
  const session = await openClient(context, { beside: restore === undefined })
  try {
    const { maildir, names = 'mutf7' } = session.settings
    const aside = await listAside(maildir)
    if (restore === undefined) {
      const lines = aside.map(
        ({ name, mailbox, atMs, sizeBytes }) =>
          `${name}  ${formatBytes(sizeBytes).padStart(7)}  ${pathText(mailbox)}  ${new Date(atMs).toISOString().slice(0, 10)}`,
      )
      context.output.result(
        { event: 'expunged', messages: aside.map((each) => ({ ...each, mailbox: pathText(each.mailbox) })) },
        lines.length > 0
          ? [...lines, 'Have one back: packetboat expunged --restore NAME']
          : ['There is nothing to be had back.'],
      )
      return
    }
    const chosen = aside.filter(({ name }) => restore === 'all' || name === restore)
    if (chosen.length === 0)
      throw new PacketboatError('NOT_FOUND', `There is no ${restore}.`, 'See packetboat expunged.')
    const there = new Set((await session.account.mailStore.mailboxes()).map(({ path }) => pathText(path)))
    for (const { name, mailbox } of chosen) {
      const path = there.has(pathText(mailbox)) ? mailbox : ['INBOX']
      await restoreAside(maildir, name, join(maildir, folderOf(path, names)))
    }
    context.output.result({ event: 'restored', messages: chosen.length }, [
      `${chosen.length} messages are back, as new ones. The next sync sends them up.`,
    ])
  } finally {
    await session.close()
  }
}
