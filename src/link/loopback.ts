import { BlockList, isIP } from 'node:net'

/** Made when it's asked: every command loads this file, and most need nothing of node:net. */
function loopback(): BlockList {
  const list = new BlockList()
  list.addSubnet('127.0.0.0', 8, 'ipv4')
  list.addAddress('::1', 'ipv6')
  return list
}

/** Whether a host is this very machine, so that what is sent to it crosses no network. Names other than localhost are not trusted. */
export function isLoopback(host: string): boolean {
  switch (isIP(host)) {
    case 4:
      return loopback().check(host, 'ipv4')
    case 6:
      return loopback().check(host, 'ipv6')
    default:
      return host.toLowerCase() === 'localhost'
  }
}
