import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ipv4DefaultRoutes, ipv6DefaultRoutes } from '../../src/cli/sync-run/network-state.js'

test('interfaces with a default route of IPv4 are found, the best first', () => {
  const table = `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
wlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0
ppp0\t00000000\t00000000\t0001\t0\t0\t50\t00000000\t0\t0\t0
eth0\t00000000\t0101A8C0\t0002\t0\t0\t1\t00000000\t0\t0\t0
eth1\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0
`
  assert.deepEqual(ipv4DefaultRoutes(table), ['ppp0', 'wlan0'])
  for (const odd of ['', 'nonsense', '\n\n\t\n']) assert.deepEqual(ipv4DefaultRoutes(odd), [])
})

test('interfaces with a default route of IPv6 are found, and not the loopback that refuses', () => {
  const zero = '0'.repeat(32)
  const table = `${zero} 00 ${zero} 00 fe800000000000000000000000000001 00000400 00000001 00000000 00450003     eth0
${zero} 00 ${zero} 00 fe800000000000000000000000000001 00000064 00000001 00000000 00450003    wwan0
fe800000000000000000000000000000 40 ${zero} 00 ${zero} 00000001 00000001 00000000 00000001     eth1
${zero} 00 ${zero} 00 ${zero} ffffffff 00000001 00000000 00200201       lo
`
  assert.deepEqual(ipv6DefaultRoutes(table), ['wwan0', 'eth0'])
  assert.deepEqual(ipv6DefaultRoutes(''), [])
})
