import type { Socket } from 'node:net'

/** Time limits of an endpoint, milliseconds. Made for lines of 300 bit/s: what is alive must never run into one. */
export interface ServerTimeouts {
  /** From the TCP connection to the first request that a device was recognised by: a handshake of 4 kB takes 110 s at 300 bit/s. */
  readonly authenticateMs: number
  /**
   * Nothing moved in either direction. Long, as the kernel may hold tens of kilobytes that it sends while nothing is seen to move
   * here; a line that is gone with bytes under way is noticed by TCP itself.
   */
  readonly idleMs: number
}

export interface ServerLimits {
  readonly connections: number
  /** Connections from one address. No bound by default for plain HTTP, where all come from the proxy. */
  readonly connectionsPerAddress: number
}

/** The connections that are open, with what decides whether they may stay. */
export interface ConnectionWatch {
  /** False when there are too many: the socket is closed. */
  admit(socket: Socket): boolean
  /** A device was recognised on the connection with this peer. */
  authenticated(peer: Peer): void
  /** Whoever sends from there was refused, and has the time of a new connection to make it good or go. */
  refused(peer: Peer): void
  /** Bytes that came from this peer on its connection, TLS included: a record shows in the clear text only when it is whole. */
  received(peer: Peer): number
  closeAll(): void
}

export interface Peer {
  readonly remoteAddress?: string | undefined
  readonly remotePort?: number | undefined
}

interface Watched {
  readonly socket: Socket
  /** When it was opened, or last refused. */
  strangerMs: number
  authenticated: boolean
  moved: number
  movedMs: number
}

/** Watches until `signal` fires. `nowMs` is monotonic. */
export function watchConnections(options: {
  readonly limits: ServerLimits
  readonly timeouts: ServerTimeouts
  readonly nowMs: () => number
  readonly log: (line: string) => void
  readonly signal: AbortSignal
}): ConnectionWatch {
  const { limits, timeouts, nowMs, log, signal } = options
  // By peer, as the TLS socket that requests come from is not the socket that was accepted.
  const open = new Map<string, Watched>()
  const perAddress = new Map<string, number>()

  function check(): void {
    const now = nowMs()
    for (const watched of open.values()) {
      const moved = watched.socket.bytesRead + watched.socket.bytesWritten
      if (moved !== watched.moved) {
        watched.moved = moved
        watched.movedMs = now
      }
      if (!watched.authenticated && now - watched.strangerMs >= timeouts.authenticateMs) {
        log(`${address(watched.socket)}: closed, no device was recognised in time`)
        watched.socket.destroy()
      } else if (now - watched.movedMs >= timeouts.idleMs) {
        log(`${address(watched.socket)}: closed, nothing moved for ${Math.round(timeouts.idleMs / 1000)} s`)
        watched.socket.destroy()
      }
    }
  }
  const period = Math.max(10, Math.min(timeouts.authenticateMs, timeouts.idleMs, 60_000) / 4)
  const timer = setInterval(check, period)
  timer.unref()
  signal.addEventListener('abort', () => clearInterval(timer), { once: true })

  return {
    admit(socket) {
      const from = address(socket)
      const count = perAddress.get(from) ?? 0
      if (open.size >= limits.connections || count >= limits.connectionsPerAddress) {
        log(`${from}: refused, too many connections`)
        socket.destroy()
        return false
      }
      const key = peerKey(socket)
      const now = nowMs()
      open.set(key, { socket, strangerMs: now, authenticated: false, moved: 0, movedMs: now })
      perAddress.set(from, count + 1)
      socket.once('close', () => {
        open.delete(key)
        const left = (perAddress.get(from) ?? 1) - 1
        if (left === 0) perAddress.delete(from)
        else perAddress.set(from, left)
      })
      return true
    },
    authenticated(peer) {
      const watched = open.get(peerKey(peer))
      if (watched) watched.authenticated = true
    },
    refused(peer) {
      const watched = open.get(peerKey(peer))
      if (!watched?.authenticated) return
      watched.authenticated = false
      watched.strangerMs = nowMs()
    },
    received: (peer) => open.get(peerKey(peer))?.socket.bytesRead ?? 0,
    closeAll() {
      for (const { socket } of open.values()) socket.destroy()
    },
  }
}

function address(peer: Peer): string {
  return peer.remoteAddress ?? 'unknown'
}

function peerKey(peer: Peer): string {
  return `${address(peer)} ${peer.remotePort ?? 0}`
}
