import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** Servers of which Debian installs one at a time: scripts/install-peers.sh unpacks them, and they run from there. */
const root = resolve('node_modules/.cache/packetboat-peers')

export const peerFile = (...path: readonly string[]): string => join(root, ...path)

/** What their programs need to find their libraries. */
export const peerLibraries = (): NodeJS.ProcessEnv => ({
  ...process.env,
  LD_LIBRARY_PATH: [join(root, 'usr/lib/x86_64-linux-gnu'), join(root, 'usr/lib')].join(':'),
})

/** Why one can't run here; undefined when it can. CI never goes without. */
export function whyNoPeer(...program: readonly string[]): string | undefined {
  const why = !existsSync(peerFile(...program))
    ? `${program.at(-1)} is not unpacked (scripts/install-peers.sh does it as root on Debian)`
    : process.getuid?.() !== 0
      ? 'a mail server of our own needs root'
      : undefined
  if (why !== undefined && process.env['CI']) throw new Error(`CI must not skip this: ${why}`)
  return why
}

export const nobody = 65534
