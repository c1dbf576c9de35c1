import { isIPv6 } from 'node:net'

/**
 * The network that an address is counted with: an IPv4 address stands for itself, also when mapped into IPv6;
 * of IPv6, one customer has at least a /64 (RFC 6177), so the first four groups count.
 */
export function networkOf(address: string): string {
  const plain = address.replace(/%.*$/, '')
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain)?.[1]
  if (mapped !== undefined) return mapped
  if (!isIPv6(plain)) return address
  const [head = '', tail] = plain.toLowerCase().split('::')
  const groups = head === '' ? [] : head.split(':')
  if (tail !== undefined) {
    const rest = tail === '' ? [] : tail.split(':')
    // A dotted end (::1.2.3.4) stands for two groups.
    const length = rest.length + (rest.at(-1)?.includes('.') ? 1 : 0)
    groups.push(...Array<string>(Math.max(0, 8 - groups.length - length)).fill('0'), ...rest)
  }
  const net = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16))
  return `${net.join(':')}::/64`
}
