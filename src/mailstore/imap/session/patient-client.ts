import type { ImapFlow } from 'imapflow'

/** What goes either way at least, in bytes a second, on a connection that is at work. */
const leastRate = 1000

/**
 * Runs a command, or a login, for a fixed time plus the time that its bytes and those of its answer may take,
 * then closes the connection. A server that says a word now and then is never silent, and would otherwise
 * hold its account for ever. Throws ETIMEOUT.
 */
export async function withinPatience<T>(
  client: Pick<ImapFlow, 'stats' | 'close'>,
  patienceMs: number,
  work: () => Promise<T>,
): Promise<T> {
  const moved = (): number => client.stats().received + client.stats().sent
  const before = moved()
  let [allowedMs, overdue] = [patienceMs, false]
  const look = (): void => {
    const now = patienceMs + ((moved() - before) / leastRate) * 1000
    if (now <= allowedMs) {
      overdue = true
      client.close()
      return
    }
    timer = setTimeout(look, now - allowedMs)
    allowedMs = now
  }
  let timer = setTimeout(look, allowedMs)
  try {
    return await work()
  } catch (error) {
    if (!overdue) throw error
    throw endless(error)
  } finally {
    clearTimeout(timer)
  }
}

/** What is said of an answer that was not waited for. */
export function endless(cause: unknown): Error {
  return Object.assign(new Error('its answer to a command has no end', { cause }), { code: 'ETIMEOUT' })
}
