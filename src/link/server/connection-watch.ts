import type { Socket } from 'node:net'
import type { EdgeLog } from './edge-log.js'
import { networkOf } from './network-of.js'

/** Time limits of an endpoint, milliseconds. Made for lines of 300 bit/s: what is alive must never run into one. */
export interface ServerTimeouts {
  /** The time from the TCP connection to the first request of a recognised device: a handshake of 4 kB takes 110 s at 300 bit/s. */
  readonly authenticateMs: number
  /** The same while strangers are crowded, for networks that have more than one of them: a slow device that dials once keeps its time. */
  readonly crowdedMs: number
  /**
   * How long nothing may move in either direction, and how long a browser may take to load a file of the reader. Long, since the kernel may hold tens of kilobytes and send
   * them while nothing seems to move here; TCP itself notices a line that is gone with bytes under way.
   */
  readonly idleMs: number
}

export interface ServerLimits {
  readonly connections: number
  /** How many of these strangers may have: the rest is kept for recognised devices. */
  readonly strangers: number
  /** Connections from one network, an IPv4 address or an IPv6 /64. No bound by default for plain HTTP, where all come from the proxy. */
  readonly connectionsPerNetwork: number
}

export const defaultServerTimeouts: ServerTimeouts = {
  authenticateMs: 180_000,
  crowdedMs: 30_000,
  idleMs: 1_800_000,
}

export function defaultServerLimits(plain: boolean): ServerLimits {
  return { connections: 1024, strangers: 768, connectionsPerNetwork: plain ? Number.POSITIVE_INFINITY : 64 }
}

/** The connections that are open, with what decides whether they may stay. */
export interface ConnectionWatch {
  /** Makes room by closing a stranger's connection where it is short. False when there is none to be had: the socket is closed. */
  admit(socket: Socket): boolean
  /** A device was recognised on the connection with this peer. */
  authenticated(peer: Peer): void
  /** This peer has asked for a file of the reader, which a browser has before it can be a device: 150 kB take 16 min at 1200 bit/s. */
  guest(peer: Peer): void
  /** A request of this peer was refused: it gets the time of a new connection to do better, or to go. */
  refused(peer: Peer): void
  /** Why the connection ends is told, or it was answered: its end needs no line. */
  explained(peer: Peer): void
  /** Counts what moves on this peer's connection, also when it has closed. */
  traffic(peer: Peer): () => Traffic
  closeAll(): void
}

export interface Peer {
  readonly remoteAddress?: string | undefined
  readonly remotePort?: number | undefined
}

/** Bytes of a connection, TLS included: decrypted, a record shows only when it is whole. `up` comes from the peer. */
export interface Traffic {
  readonly up: number
  readonly down: number
}

interface Watched {
  readonly socket: Socket
  readonly from: string
  readonly network: string
  /** When it was opened, or last refused, or asked for a file. */
  strangerMs: number
  authenticated: boolean
  guest: boolean
  explained: boolean
  moved: number
  movedMs: number
}

/** Watches until `signal` fires. `nowMs` is monotonic. */
export function watchConnections(options: {
  readonly limits: ServerLimits
  readonly timeouts: ServerTimeouts
  readonly nowMs: () => number
  readonly log: EdgeLog
  readonly signal: AbortSignal
}): ConnectionWatch {
  const { limits, timeouts, nowMs, log, signal } = options
  // By peer, since the TLS socket that requests come from isn't the socket that was accepted. Oldest first.
  const open = new Map<string, Watched>()

  function end(watched: Watched, kind: string, why: string): void {
    watched.explained = true
    log.stranger(kind, `${watched.from}: ${why}`)
    // Its place is free at once; `close` comes later.
    open.delete(peerKey(watched.socket))
    watched.socket.destroy()
  }

  /** Strangers by network. */
  function strangers(): { readonly count: number; readonly byNetwork: ReadonlyMap<string, Watched[]> } {
    const byNetwork = new Map<string, Watched[]>()
    let count = 0
    for (const watched of open.values()) {
      if (watched.authenticated) continue
      count++
      const there = byNetwork.get(watched.network)
      if (there) there.push(watched)
      else byNetwork.set(watched.network, [watched])
    }
    return { count, byNetwork }
  }

  /** Closes the oldest stranger of one network, or else of the one that has the most: a flood from few places pushes out itself. */
  function makeRoom(network?: string): boolean {
    const { byNetwork } = strangers()
    let most = network === undefined ? [] : (byNetwork.get(network) ?? [])
    if (network === undefined)
      for (const each of byNetwork.values()) if (each.length > most.length) most = each
    const oldest = most.reduce<Watched | undefined>(
      (first, each) => (first && first.strangerMs <= each.strangerMs ? first : each),
      undefined,
    )
    if (!oldest) return false
    end(oldest, 'crowded', 'closed to make room: no device was recognised, and others wait')
    return true
  }

  function check(): void {
    const now = nowMs()
    const { count, byNetwork } = strangers()
    const crowded = count >= limits.strangers
    for (const watched of open.values()) {
      const moved = watched.socket.bytesRead + watched.socket.bytesWritten
      if (moved !== watched.moved) {
        watched.moved = moved
        watched.movedMs = now
      }
      const several = (byNetwork.get(watched.network)?.length ?? 0) > 1
      const strangerFor =
        crowded && several
          ? Math.min(timeouts.crowdedMs, timeouts.authenticateMs)
          : watched.guest && !crowded
            ? timeouts.idleMs
            : timeouts.authenticateMs
      if (!watched.authenticated && now - watched.strangerMs >= strangerFor)
        end(watched, 'late', 'closed, no device was recognised in time')
      else if (now - watched.movedMs >= timeouts.idleMs)
        end(watched, 'idle', `closed, nothing moved for ${Math.round(timeouts.idleMs / 1000)} s`)
    }
  }
  const period = Math.max(10, Math.min(timeouts.authenticateMs, timeouts.crowdedMs, timeouts.idleMs) / 4)
  const timer = setInterval(check, period)
  timer.unref()
  signal.addEventListener('abort', () => clearInterval(timer), { once: true })

  return {
    admit(socket) {
      const from = address(socket)
      const network = networkOf(from)
      let there = 0
      let unknown = 0
      for (const watched of open.values()) {
        if (watched.network === network) there++
        if (!watched.authenticated) unknown++
      }
      const hasRoom =
        (there < limits.connectionsPerNetwork || makeRoom(network)) &&
        // If room was made above, it was made here, too.
        (unknown < limits.strangers || there >= limits.connectionsPerNetwork || makeRoom()) &&
        (open.size < limits.connections || makeRoom())
      if (!hasRoom) {
        log.stranger('refused', `${from}: refused, too many connections`)
        socket.destroy()
        return false
      }
      const key = peerKey(socket)
      const now = nowMs()
      const fresh = {
        authenticated: false,
        guest: false,
        explained: false,
        moved: 0,
        movedMs: now,
        strangerMs: now,
      }
      const watched: Watched = { socket, from, network, ...fresh }
      open.set(key, watched)
      socket.once('close', () => {
        if (open.get(key) === watched) open.delete(key)
        if (!watched.authenticated && !watched.explained && !signal.aborted)
          log.stranger('gone', `${from}: gone before a device was recognised`)
      })
      return true
    },
    authenticated(peer) {
      const watched = open.get(peerKey(peer))
      if (watched) watched.authenticated = true
    },
    guest(peer) {
      const watched = open.get(peerKey(peer))
      if (!watched) return
      watched.guest = true
      watched.strangerMs = nowMs()
    },
    refused(peer) {
      const watched = open.get(peerKey(peer))
      if (!watched) return
      watched.guest = false
      watched.explained = true
      if (!watched.authenticated) return
      watched.authenticated = false
      watched.strangerMs = nowMs()
    },
    explained(peer) {
      const watched = open.get(peerKey(peer))
      if (watched) watched.explained = true
    },
    traffic(peer) {
      const socket = open.get(peerKey(peer))?.socket
      return () => ({ up: socket?.bytesRead ?? 0, down: socket?.bytesWritten ?? 0 })
    },
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
