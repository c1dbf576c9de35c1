import { PacketboatError } from '../../errors/packetboat-error.js'
import type { Device, DeviceRegistry } from './device-registry.js'
import type { Log } from './edge-log.js'

/** Exchanges that run on an endpoint, so that they can be ended: of a device that is revoked, and all of them. */
export class RunningExchanges {
  private readonly running = new Map<AbortController, Device>()
  private readonly looking: NodeJS.Timeout

  /** @param everyMs how often it is looked whether a device was revoked. */
  constructor(
    private readonly devices: DeviceRegistry,
    private readonly edge: { readonly log: Log; readonly knowsDevices: () => Promise<boolean> },
    everyMs: number,
  ) {
    this.looking = setInterval(() => void this.endRevoked(), everyMs)
    this.looking.unref()
  }

  add(end: AbortController, device: Device): void {
    this.running.set(end, device)
  }

  remove(end: AbortController): void {
    this.running.delete(end)
  }

  /** Looks for revoked devices no more. */
  forget(): void {
    clearInterval(this.looking)
  }

  endAll(): void {
    this.forget()
    for (const end of this.running.keys())
      end.abort(new PacketboatError('INTERRUPTED', 'The endpoint is stopping.', 'Start it again.'))
  }

  /** Ends the exchanges of an account whose mail is taken from another place, or that isn't served any more. Devices see a line that broke. */
  endThoseOf(account: string): void {
    for (const [end, device] of this.running)
      if (device.account === account)
        end.abort(new PacketboatError('INTERRUPTED', 'The settings have changed.', 'You need do nothing.'))
  }

  private async endRevoked(): Promise<void> {
    if (this.running.size === 0 || !(await this.edge.knowsDevices())) return
    for (const [end, device] of this.running) {
      if (this.devices.activeDevice(device.id)) continue
      this.edge.log('info', `${device.account} ${device.name}: was revoked, its exchange is ended`)
      end.abort(
        new PacketboatError('AUTH', 'The device was revoked.', 'Add the device again if that was a mistake.'),
      )
    }
  }
}
