import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** The most requests that may wait on a connection. Our clients send the next one only after the answer; proxies and browsers stay below this. */
const mostWaiting = 8

/**
 * Counts the requests of a connection that wait for their answers. HTTP lets a client send any number of them
 * ahead (RFC 9112 9.3.2), and each costs memory until it is answered, which a client that doesn't read puts
 * off for ever: a client that sends too many ahead loses the connection.
 */
export class WaitingAnswers {
  readonly #counts = new WeakMap<Socket, number>()

  /** False: the connection is gone, and the request is not to be answered. */
  take(socket: Socket, res: ServerResponse): boolean {
    // What had come with the request that was one too many.
    if (socket.destroyed) return false
    const count = (this.#counts.get(socket) ?? 0) + 1
    if (count > mostWaiting) {
      socket.destroy()
      return false
    }
    this.#counts.set(socket, count)
    res.once('close', () => this.#counts.set(socket, (this.#counts.get(socket) ?? 1) - 1))
    return true
  }
}
