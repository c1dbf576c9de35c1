import { BlockList, isIP } from 'node:net'

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** Whether a host is this very machine, so that what is sent to it crosses no network. Names other than localhost are not trusted. */
export function isLoopback(host: string): boolean {
  switch (isIP(host)) {
    case 4:
      return loopback.check(host, 'ipv4')
    case 6:
      return loopback.check(host, 'ipv6')
    default:
      return host.toLowerCase() === 'localhost'
  }
}
