import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'

/**
 * A port of loopback that is free, and below those that the system gives: it doesn't go to a connection of somebody else before it is used, or
 * when what listened there begins again.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = lowest + Math.floor(Math.random() * (firstGiven() - lowest))
    const server = createServer()
    try {
      server.listen(port, '127.0.0.1')
      await once(server, 'listening')
    } catch {
      continue
    }
    server.close()
    await once(server, 'close')
    return port
  }
}

const [lowest, usual] = [10_000, 32_768]

function firstGiven(): number {
  try {
    const first = Number.parseInt(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8'), 10)
    return first > lowest ? first : usual
  } catch {
    return usual
  }
}
