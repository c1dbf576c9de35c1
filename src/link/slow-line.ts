import { connect, createServer, type Socket } from 'node:net'
import { type LineClock, systemClock } from './pace.js'

export interface SlowLineOptions {
  readonly target: { readonly host: string; readonly port: number }
  /** The rate of each direction; Infinity for no bound. */
  readonly bitsPerSecond: number
  /** The delay from one end to the other, each way, in ms. */
  readonly delayMs: number
  /** What the modem at each end holds before it stops its sender. */
  readonly queueBytes?: number
  readonly clock?: LineClock
}

export type Direction = 'up' | 'down'

/** A line that can be cut. Bytes are TCP payload that came out at the other end; up goes to the target. */
export interface SlowLine {
  readonly address: { readonly host: string; readonly port: number }
  readonly counters: { readonly up: number; readonly down: number }
  /** Breaks all connections at both ends; new ones break too until `restore`. */
  cut(): void
  /** Holds everything back at both ends, losing nothing, until the returned function is called. */
  hold(): () => void
  /** The same by itself, once at least so many more bytes have come down; resolves when it is held. */
  holdAfter(down: number): Promise<() => void>
  restore(): void
  /** Cuts by itself once exactly so many more bytes came out in one direction. What is not named is not bounded. */
  cutAfter(bytes: { readonly up?: number; readonly down?: number }): void
  close(): Promise<void>
}

/**
 * A line like a modem's, for the demo and for tests: a relay on loopback where all connections share one rate
 * per direction. The kernel's own buffers come before it, so a sender sees more accepted than `queueBytes`.
 */
export async function startSlowLine(options: SlowLineOptions): Promise<SlowLine> {
  const { target, bitsPerSecond, delayMs, queueBytes = 8192, clock = systemClock } = options
  const counters = { up: 0, down: 0 }
  const budget = { up: Number.POSITIVE_INFINITY, down: Number.POSITIVE_INFINITY }
  const pairs = new Set<readonly [Socket, Socket]>()
  let isCut = false
  /** What would have come out of the line since it was held, in order. */
  let held: (() => void)[] | undefined
  /** When it is held by itself, by what has come down until then. */
  let holding: { readonly at: number; readonly held: () => void } | undefined
  const pass = (arrive: () => void): void => {
    if (held) held.push(arrive)
    else arrive()
  }

  function cut(): void {
    isCut = true
    budget.up = Number.POSITIVE_INFINITY
    budget.down = Number.POSITIVE_INFINITY
    for (const pair of pairs) for (const socket of pair) socket.destroy()
  }
  function deliver(direction: Direction, to: Socket, piece: Uint8Array): void {
    if (to.destroyed) return
    const part = piece.subarray(0, Math.min(piece.length, budget[direction]))
    if (part.length > 0) to.write(part)
    counters[direction] += part.length
    budget[direction] -= part.length
    if (budget[direction] === 0) cut()
    if (holding && counters.down >= holding.at) {
      holding.held()
      holding = undefined
    }
  }
  const lanes = {
    up: createLane({ bitsPerSecond, delayMs, queueBytes, clock, pass }, (to, piece) =>
      deliver('up', to, piece),
    ),
    down: createLane({ bitsPerSecond, delayMs, queueBytes, clock, pass }, (to, piece) =>
      deliver('down', to, piece),
    ),
  }

  function hold(): () => void {
    held ??= []
    return () => {
      const waiting = held ?? []
      held = undefined
      for (const arrive of waiting) arrive()
    }
  }

  const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (near) => {
    if (isCut) return void near.destroy()
    const far = connect({ ...target, allowHalfOpen: true, noDelay: true })
    const pair = [near, far] as const
    pairs.add(pair)
    for (const [from, to] of [pair, [far, near]] as const) {
      // What breaks at one end breaks at the other. (Not by resetAndDestroy: with it Node 20 may hang when the process ends.)
      from.on('error', () => to.destroy())
      from.on('close', () => {
        if (to.closed) pairs.delete(pair)
      })
    }
    far.once('connect', () => {
      lanes.up.carry(near, far)
      lanes.down.carry(far, near)
      near.resume()
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const bound = server.address()
  return {
    address: { host: '127.0.0.1', port: bound !== null && typeof bound === 'object' ? bound.port : 0 },
    counters,
    cut,
    hold,
    holdAfter: (down) =>
      new Promise((resolve) => {
        holding = { at: counters.down + down, held: () => resolve(hold()) }
      }),
    restore() {
      isCut = false
    },
    cutAfter({ up = Number.POSITIVE_INFINITY, down = Number.POSITIVE_INFINITY }) {
      budget.up = up
      budget.down = down
      if (up <= 0 || down <= 0) cut()
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      cut()
      await closed
    },
  }
}

interface Queued {
  readonly from: Socket
  readonly to: Socket
  /** Undefined: the sender has ended. */
  bytes: Uint8Array | undefined
}

/** One direction: a first-in, first-out queue that is emptied at the line's rate. */
function createLane(
  {
    bitsPerSecond,
    delayMs,
    queueBytes,
    clock,
    pass,
  }: Required<Pick<SlowLineOptions, 'bitsPerSecond' | 'delayMs' | 'queueBytes' | 'clock'>> & {
    readonly pass: (arrive: () => void) => void
  },
  deliver: (to: Socket, piece: Uint8Array) => void,
): { carry(from: Socket, to: Socket): void } {
  const queue: Queued[] = []
  const paused = new Set<Socket>()
  // About 20 ms of the line at a time: a byte at 300 bit/s, a kilobyte at 500 kbit/s.
  const pieceBytes = Math.max(1, Math.min(65536, Math.round((bitsPerSecond / 8) * 0.02)))
  let size = 0
  let sending = false
  let freeMs = 0

  function enqueue(item: Queued): void {
    queue.push(item)
    size += item.bytes?.length ?? 0
    if (size >= queueBytes) {
      paused.add(item.from)
      item.from.pause()
    }
    if (!sending) sendNext()
  }

  function sendNext(): void {
    const item = queue[0]
    sending = item !== undefined
    if (!item) return
    const piece = item.bytes?.subarray(0, pieceBytes)
    const rest = item.bytes?.subarray(pieceBytes)
    if (item.bytes === undefined || rest === undefined || rest.length === 0) queue.shift()
    else item.bytes = rest
    const { to } = item

    // Counted from when the line was free, not from when a timer fired: late timers must not make it slower.
    freeMs = Math.max(freeMs, clock.now()) + ((piece?.length ?? 0) * 8000) / bitsPerSecond
    clock.after(freeMs - clock.now(), () => {
      size -= piece?.length ?? 0
      if (size < queueBytes / 2) {
        for (const from of paused) from.resume()
        paused.clear()
      }
      const arrive = () => pass(() => (piece ? deliver(to, piece) : void to.end()))
      if (delayMs > 0) clock.after(delayMs, arrive)
      else arrive()
      sendNext()
    })
  }

  return {
    carry(from, to) {
      from.on('data', (bytes) => enqueue({ from, to, bytes: new Uint8Array(bytes) }))
      from.on('end', () => enqueue({ from, to, bytes: undefined }))
    },
  }
}
