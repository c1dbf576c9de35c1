import { hasCode } from '../../errors/packetboat-error.js'
import { scanMailStore } from '../../sync/scan/scan-mail-store.js'
import type { CommandContext } from '../command-context.js'
import { type ClientSession, openClient } from './client-session.js'

/**
 * Opens the client's account for a command that shows what is there. Where no other command is at work, it has taken over first what was done in
 * the mail store; beside another one it goes by what that has seen.
 */
export async function openToLook(
  context: CommandContext,
): Promise<{ readonly session: ClientSession; readonly alone: boolean }> {
  const opened = await openAloneOrBeside(context)
  try {
    if (opened.alone) await scanMailStore(opened.session.account, { signal: context.signal })
    return opened
  } catch (error) {
    await opened.session.close()
    throw error
  }
}

/**
 * The same for a command that goes on for long, or waits for whoever reads what it prints: it holds nobody up, and is beside any other that is begun
 * meanwhile.
 */
export async function openToRead(context: CommandContext): Promise<ClientSession> {
  const { session, alone } = await openToLook(context)
  if (!alone) return session
  await session.close()
  return openClient(context, { beside: true })
}

async function openAloneOrBeside(
  context: CommandContext,
): Promise<{ readonly session: ClientSession; readonly alone: boolean }> {
  try {
    return { session: await openClient(context), alone: true }
  } catch (error) {
    if (!hasCode(error, 'LOCKED')) throw error
    return { session: await openClient(context, { beside: true }), alone: false }
  }
}
