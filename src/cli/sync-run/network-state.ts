import { readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import type { NetworkState } from '../../link/profile/choose-link.js'

/** The network as the system has it now. Default routes are known on Linux only. */
export function networkState(): NetworkState {
  const up = Object.entries(networkInterfaces())
    .filter(([, addresses = []]) => addresses.some(({ internal }) => !internal))
    .map(([name]) => name)
  const routes = [
    ...ipv4DefaultRoutes(readIfThere('/proc/net/route')),
    ...ipv6DefaultRoutes(readIfThere('/proc/net/ipv6_route')),
  ]
  return { up, defaultRoute: [...new Set(routes)] }
}

interface Route {
  readonly name: string
  readonly metric: number
}

/** Interfaces by `/proc/net/route`: name, destination, gateway, flags, ..., metric (the 7th) and mask (the 8th), in hex but for the metric. */
export function ipv4DefaultRoutes(table: string): string[] {
  const routes = rowsOf(table).flatMap((row): Route[] => {
    const [name, destination, , flags, , , metric, mask] = row
    const isUp = (Number.parseInt(flags ?? '', 16) & 1) === 1
    return name && destination === '00000000' && mask === '00000000' && isUp
      ? [{ name, metric: Number(metric) }]
      : []
  })
  return inOrder(routes)
}

/** Interfaces by `/proc/net/ipv6_route`: destination and its prefix's length, ..., metric (the 6th), ..., flags, name, all in hex. */
export function ipv6DefaultRoutes(table: string): string[] {
  const routes = rowsOf(table).flatMap((row): Route[] => {
    const [destination, length, , , , metric, , , flags, name] = row
    // Where there is no route, loopback has a route that refuses.
    const isUp = (Number.parseInt(flags ?? '', 16) & 1) === 1 && name !== 'lo'
    return name && isUp && destination === '0'.repeat(32) && length === '00'
      ? [{ name, metric: Number.parseInt(metric ?? '', 16) }]
      : []
  })
  return inOrder(routes)
}

const rowsOf = (table: string): string[][] => table.split('\n').map((line) => line.trim().split(/\s+/))

const inOrder = (routes: readonly Route[]): string[] =>
  [...routes].sort((a, b) => a.metric - b.metric).map(({ name }) => name)

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
