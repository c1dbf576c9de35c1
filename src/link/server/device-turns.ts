import { PacketboatError } from '../../errors/packetboat-error.js'

/**
 * Bounds how many exchanges of one device run at once. The newest goes on: a device that comes back after a
 * cut must not wait until its dead connection is detected, so the oldest is told to end. Until it has ended,
 * the newest waits; of several that wait, only the last is let in.
 */
export class DeviceTurns {
  private readonly devices = new Map<string, { running: Set<AbortController>; waiting?: () => void }>()

  /**
   * Waits for a place.
   * @param end ends this exchange: aborted with `overtaken` when a newer one needs its place.
   * @returns a function that gives the place back; undefined when a newer exchange came while this one
   * waited.
   */
  async enter(device: string, end: AbortController, overtaken: Error): Promise<(() => void) | undefined> {
    const turns = this.devices.get(device) ?? { running: new Set<AbortController>() }
    this.devices.set(device, turns)
    turns.waiting?.()
    delete turns.waiting
    while (turns.running.size >= exchangesPerDevice) {
      const [oldest] = turns.running
      oldest?.abort(overtaken)
      let mine = true
      await new Promise<void>((resolve) => {
        turns.waiting = () => {
          mine = turns.running.size < exchangesPerDevice
          resolve()
        }
        end.signal.addEventListener('abort', () => resolve(), { once: true })
      })
      if (!mine || end.signal.aborted) return undefined
    }
    turns.running.add(end)
    return () => {
      turns.running.delete(end)
      const { waiting } = turns
      delete turns.waiting
      if (waiting) waiting()
      else if (turns.running.size === 0) this.devices.delete(device)
    }
  }
}

/** One exchange that works, and one that may be dead. */
const exchangesPerDevice = 2

/** What the exchange hears that has to give its place to a newer one. */
export function overtaken(): PacketboatError {
  return new PacketboatError(
    'LINK_FAILED',
    'The device connected again, so this exchange was ended.',
    'You need do nothing: the newer exchange goes on from there.',
  )
}
