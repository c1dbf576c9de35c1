import { hasCode, type PacketboatError } from '../../errors/packetboat-error.js'
import { scanMailStore } from '../../sync/scan/scan-mail-store.js'
import type { CommandContext } from '../command-context.js'
import { type ClientSession, openClient } from './client-session.js'

/** What is shown: the mail store as it is now, as a running sync has seen it, or as it was seen before the disk was full. */
export type Sight = 'now' | 'beside a sync' | 'before'

/**
 * Opens the client's account for a command that shows what is there. If no other command is at work, scans
 * the mail store first; beside another command it shows what that one has scanned. Where nothing can be
 * written, says so and shows the earlier state.
 */
export async function openToLook(
  context: CommandContext,
): Promise<{ readonly session: ClientSession; readonly sight: Sight }> {
  const opened = await openAloneOrBeside(context)
  try {
    if (opened.sight === 'now') await scanMailStore(opened.session.account, { signal: context.signal })
    return opened
  } catch (error) {
    if (isUnwritable(error)) {
      warnOf(context, error)
      return { ...opened, sight: 'before' }
    }
    await opened.session.close()
    throw error
  }
}

/**
 * Opens the account for a command that runs for long, or that waits for the person who reads its output: it
 * holds nobody up, and runs beside any other command that starts meanwhile.
 */
export async function openToRead(context: CommandContext): Promise<ClientSession> {
  const { session, sight } = await openToLook(context)
  if (sight === 'beside a sync') return session
  await session.close()
  return openClient(context, { beside: true })
}

async function openAloneOrBeside(
  context: CommandContext,
): Promise<{ readonly session: ClientSession; readonly sight: Sight }> {
  try {
    return { session: await openClient(context), sight: 'now' }
  } catch (error) {
    if (hasCode(error, 'LOCKED'))
      return { session: await openClient(context, { beside: true }), sight: 'beside a sync' }
    if (!isUnwritable(error)) throw error
    const session = await openClient(context, { beside: true })
    warnOf(context, error)
    return { session, sight: 'before' }
  }
}

/** Whether an error says that a disk is full or read-only: what is there can be looked at all the same. */
export function isUnwritable(error: unknown): error is PacketboatError {
  return hasCode(error, 'DISK_FULL') || hasCode(error, 'READ_ONLY')
}

function warnOf({ output }: CommandContext, { message }: PacketboatError): void {
  output.warning(`${message} What follows is what packetboat saw in the Maildir before.`)
}
