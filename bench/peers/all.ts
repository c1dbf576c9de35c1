import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dsync } from './dsync.js'
import { interimap } from './interimap.js'
import { mbsync } from './mbsync.js'
import { muchsync } from './muchsync.js'
import { offlineimap } from './offlineimap.js'
import type { Peer } from './peer.js'
import { rsync } from './rsync.js'

export const allPeers: readonly Peer[] = [
  mbsync('mbsync'),
  mbsync('mbsync-plain'),
  mbsync('mbsync-tls'),
  offlineimap,
  interimap,
  dsync,
  muchsync,
  rsync,
]

export interface FoundPeers {
  readonly here: readonly Peer[]
  /** By name, why they can't be measured here. */
  readonly absent: Readonly<Record<string, string>>
}

/** All peers, or these; what is missing is installed where we are root on Debian. */
export function findPeers(names: readonly string[] | undefined): FoundPeers {
  for (const name of names ?? [])
    if (!allPeers.some((peer) => peer.name === name)) throw new Error(`There is no peer ${name}.`)
  const chosen = allPeers.filter(({ name }) => names === undefined || names.includes(name))
  const reason = install([...new Set(chosen.flatMap(missingPackages))])
  const absent: Record<string, string> = {}
  const here = chosen.filter((peer) => {
    const packages = missingPackages(peer)
    if (packages.length > 0) absent[peer.name] = `${packages.join(', ')} not installed: ${reason}`
    return packages.length === 0
  })
  return { here, absent }
}

const missingPackages = ({ needs }: Peer): string[] =>
  Object.entries(needs)
    .filter(([command]) => !isThere(command))
    .map(([, name]) => name)

/** Servers lie in sbin, which is not on everybody's path. */
function isThere(command: string): boolean {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin']
  return folders.some((folder) => folder !== '' && existsSync(`${folder}/${command}`))
}

/** Why it couldn't be done. */
function install(packages: readonly string[]): string {
  if (packages.length === 0) return ''
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version'))
    return 'this is not run as root on Debian'
  console.log(`Installing ${packages.join(' ')} ...`)
  const options = { stdio: 'ignore', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } } as const
  try {
    execFileSync('apt-get', ['update', '-qq'], options)
    execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], options)
    return ''
  } catch {
    return 'apt-get could not install it'
  }
}

/** Of the Debian packages that were used. */
export function versions(peers: readonly Peer[]): string {
  const packages = [...new Set(peers.flatMap(({ needs }) => Object.values(needs)))].sort()
  if (packages.length === 0 || !isThere('dpkg-query')) return ''
  return execFileSync('dpkg-query', ['-W', '-f', `${'$'}{Package} ${'$'}{Version}, `, ...packages], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
    .toString()
    .replace(/, $/, '')
}
