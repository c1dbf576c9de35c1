import { hasCode } from '../errors/packetboat-error.js'
import type { HeldBack } from '../wire/response-frames.js'
import type { Account } from './account.js'
import { type PullOptions, pull } from './pull.js'
import { push } from './push.js'

/**
 * The same as `pull` and `push` for a responder: whoever asks on a line that costs gets what is known, though a mail server beside it be
 * away. `trouble` says what is wrong there.
 */

export interface Looked {
  readonly heldBack: readonly HeldBack[]
  readonly trouble?: string
}

export async function pullWhereThere(account: Account, options: PullOptions): Promise<Looked> {
  try {
    return { heldBack: (await pull(account, options)).heldBack }
  } catch (error) {
    return { heldBack: [], trouble: troubleOf(error) }
  }
}

/** What can't be written now waits for the next exchange. Returns what is wrong. */
export async function pushWhereThere(account: Account, signal: AbortSignal): Promise<string | undefined> {
  try {
    return (await push(account, { signal })).refused?.message
  } catch (error) {
    return troubleOf(error)
  }
}

/** What has gone wrong on a mail server that is away; anything else is thrown on. */
function troubleOf(error: unknown): string {
  if (hasCode(error, 'MAILSTORE_AWAY')) return error.message
  throw error
}
