import { PacketboatError } from '../errors/packetboat-error.js'
import type { Work } from '../wire/compression/codec.js'
import { mixLimits } from '../wire/compression/mix/mix.js'
import { mixWorkLimits } from './policy/limits.js'
import { yieldToOthers } from './yield-event-loop.js'

/**
 * Limits the codec work of the process that answers, over all its exchanges. Codec 2 is many times slower
 * than codec 1 and takes 28 MB for each direction of an exchange: one piece of work is done at a time,
 * everything else gets as much time in between, and only so many models exist at once. Codec 1 searches its
 * whole history for each frame, so that a few frames in a row are noticeable too.
 */
export class MixWork {
  private last: Promise<unknown> = Promise.resolve()
  /** Ms of work without pieces since others had their turn. */
  private heldMs = 0
  private free: number = mixWorkLimits.models
  private readonly waiting: (() => void)[] = []

  /** Tests give how others get their turn, and a clock in ms. */
  constructor(
    private readonly rest: (ms: number) => Promise<void> = yieldToOthers,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  /** Does all of it, in turns with everybody else: after each piece, and after some of what has none. */
  async run<T>(work: Work<T>): Promise<T> {
    const beganMs = this.nowMs()
    let step = work.next()
    this.heldMs += this.nowMs() - beganMs
    if (this.heldMs >= mixWorkLimits.wholeMs) {
      this.heldMs = 0
      await this.rest(0)
    }
    while (!step.done) step = await this.turn(step.value, () => work.next())
    return step.value
  }

  private async turn<T>(bytes: number, piece: () => T): Promise<T> {
    const before = this.last
    let finish = (): void => {}
    this.last = new Promise<void>((resolve) => (finish = resolve))
    await before
    try {
      const beganMs = this.nowMs()
      const done = piece()
      await this.rest(Math.max(this.nowMs() - beganMs, (bytes / 1024) * mixLimits.msPerKb))
      return done
    } finally {
      finish()
    }
  }

  /** Room for a model, if there is some now: to be given back by calling it. */
  room(): (() => void) | undefined {
    if (this.free === 0) return undefined
    this.free--
    let given = false
    return () => {
      if (given) return
      given = true
      const next = this.waiting.shift()
      this.free++
      next?.()
    }
  }

  /** The same, when there is some. Throws LINK_FAILED after a while: the device comes again. */
  async waitForRoom(signal: AbortSignal, mostMs: number = mixWorkLimits.waitMs): Promise<() => void> {
    const room = this.room()
    if (room) return room
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', onAbort)
        const at = this.waiting.indexOf(onRoom)
        if (at >= 0) this.waiting.splice(at, 1)
      }
      const onRoom = (): void => {
        leave()
        const mine = this.room()
        if (mine) resolve(mine)
        else reject(allTaken())
      }
      const onAbort = (): void => {
        leave()
        reject(signal.reason)
      }
      const timer = setTimeout(() => {
        leave()
        reject(allTaken())
      }, mostMs)
      this.waiting.push(onRoom)
      signal.addEventListener('abort', onAbort, { once: true })
      if (signal.aborted) onAbort()
    })
  }
}

/** Room for a model that may never be needed: taken when it is asked for. */
export class RoomLater {
  private giveBack: (() => void) | undefined

  constructor(readonly work: MixWork) {}

  readonly mayTake = (): boolean => {
    this.giveBack ??= this.work.room()
    return this.giveBack !== undefined
  }

  leave(): void {
    this.giveBack?.()
  }
}

function allTaken(): PacketboatError {
  return new PacketboatError(
    'LINK_FAILED',
    'too many devices are sending with the codec for slow lines.',
    'No mail is lost. Sync again later.',
  )
}
