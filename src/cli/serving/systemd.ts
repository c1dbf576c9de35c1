import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { PacketboatError } from '../../errors/packetboat-error.js'

/** The first socket that systemd hands over, sd_listen_fds(3). */
const firstSocket = 3

/** The sockets that systemd listens on for this process (socket activation); undefined where there are none. */
export function socketsOfSystemd(
  { LISTEN_PID: forWhom, LISTEN_FDS: count }: NodeJS.ProcessEnv,
  pid: number,
): { readonly fd: number }[] | undefined {
  if (forWhom !== String(pid) || !/^[1-9]\d{0,2}$/.test(count ?? '')) return undefined
  return Array.from({ length: Number(count) }, (_, index) => ({ fd: firstSocket + index }))
}

/**
 * Tells systemd the state of the service (`Type=notify`, sd_notify(3)), where it asks for that. Node can't
 * send datagrams to Unix sockets, so `systemd-notify` sends them, as a process of its own, which
 * `NotifyAccess=all` allows. Throws CONFIG.
 * @param words `--ready`, or variables such as `STOPPING=1`.
 */
export async function tellSystemd(env: NodeJS.ProcessEnv, words: readonly string[]): Promise<void> {
  if (!env['NOTIFY_SOCKET']) return
  try {
    await promisify(execFile)('systemd-notify', [...words], { env, timeout: 10_000 })
  } catch (cause) {
    throw new PacketboatError(
      'CONFIG',
      `systemd can't be told that the endpoint runs: ${cause instanceof Error ? cause.message : cause}.`,
      'Install systemd-notify, or use Type=exec in the unit.',
      { cause },
    )
  }
}
