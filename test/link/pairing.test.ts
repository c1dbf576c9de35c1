import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { hasCode, PacketboatError } from '../../src/errors/packetboat-error.js'
import { lacksChecksum, type Pairing, parsePairing, printPairing } from '../../src/link/pairing.js'

const seed = Number(process.env['PACKETBOAT_SEED'] ?? 20260727)
const secret = new Uint8Array(32).fill(250)
const deviceId = '0123456789abcdef'
const psk: Pairing = { via: 'psk', deviceId, secret, host: 'mail.example.org', port: 4190 }
const whole = printPairing(psk)
/** As it was printed before there was a checksum: what each field takes shows in these. */
const pskText = whole.replace(/\.....@/, '@')
const secretText = Buffer.from(secret).toString('base64url')

test('a pairing string looks as documented', () => {
  assert.equal(whole, `packetboat+psk://${deviceId}:${secretText}.nYgt@mail.example.org:4190`)
  assert.equal(
    printPairing({ ...psk, via: 'tls', prefix: '/mail', account: 'me & you', pin: secret }),
    `packetboat+tls://${deviceId}:${secretText}.DmJK@mail.example.org:4190/mail,account=me%20%26%20you,pin=${secretText}`,
  )
})

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })
const address = {
  deviceId: fc.stringMatching(/^[0-9a-f]{16}$/),
  secret: bytes32,
  host: fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6(), fc.constant('fe80::1%eth0')),
  port: fc.integer({ min: 1, max: 65535 }),
}
const account = fc.string({ unit: 'grapheme', maxLength: 60 }).filter((name) => !/\p{Cc}/u.test(name))
const prefix = fc.constantFrom('', '/mail', '/a/b-c,d', '/~me')
const anyPairing: fc.Arbitrary<Pairing> = fc.oneof(
  fc.record(
    { via: fc.constant('psk' as const), ...address, account },
    { requiredKeys: ['via', ...keys(address)], noNullPrototype: true },
  ),
  fc.record(
    { via: fc.constant('tls' as const), ...address, account, prefix, pin: bytes32 },
    { requiredKeys: ['via', 'prefix', ...keys(address)], noNullPrototype: true },
  ),
  fc.record(
    { via: fc.constant('http' as const), ...address, account, prefix },
    { requiredKeys: ['via', 'prefix', ...keys(address)], noNullPrototype: true },
  ),
)

function keys<T extends object>(of: T): (keyof T)[] {
  return Object.keys(of) as (keyof T)[]
}

test('every pairing is read back as it was printed, and is one word to any shell', () => {
  fc.assert(
    fc.property(anyPairing, (pairing) => {
      const text = printPairing(pairing)
      assert.deepEqual(parsePairing(text), pairing)
      assert.match(text, /^[A-Za-z0-9+:/@.,=%_~-]+$/)
    }),
    { seed },
  )
})

const named = 'me & you, at home'
for (const [what, pairing] of [
  ['psk', psk],
  ['psk with an account', { ...psk, account: named }],
  ['psk at an IPv6 address', { ...psk, host: '2001:db8::1', account: 'me' }],
  ['tls', { ...psk, via: 'tls', prefix: '/mail', account: named, pin: secret }],
  ['http', { ...psk, via: 'http', prefix: '/a/b', account: 'me' }],
] as const satisfies readonly (readonly [string, Pairing])[])
  test(`a pairing string (${what}) that lost its end or beginning, or one character, is refused, and so is one with another character or one more`, () => {
    const text = printPairing(pairing)
    assert.deepEqual(parsePairing(text), pairing)
    const passes = (changed: string) => {
      try {
        parsePairing(changed)
        return true
      } catch (error) {
        assert.ok(hasCode(error, 'USAGE'))
        return false
      }
    }
    const others = [...new Set([...text, ...'.:@/,=%+-_~?&\0AZaz09é'])]
    for (let at = 0; at < text.length; at++) {
      const [before, after] = [text.slice(0, at), text.slice(at)]
      assert.ok(!passes(before), `cut behind ${at} characters`)
      assert.ok(at === 0 || !passes(after), `begun at ${at}`)
      assert.ok(!passes(before + after.slice(1)), `without character ${at}`)
      assert.ok(
        after[1] === undefined ||
          after[0] === after[1] ||
          !passes(`${before}${after[1]}${after[0]}${after.slice(2)}`),
        `turned round at ${at}`,
      )
      for (const other of others) {
        assert.ok(other === after[0] || !passes(before + other + after.slice(1)), `${other} at ${at}`)
        assert.ok(!passes(before + other + after), `${other} put in at ${at}`)
      }
    }
  })

test('a pairing string of before the checksum is read, and known by having none', () => {
  assert.deepEqual(parsePairing(pskText), psk)
  assert.deepEqual([whole, pskText, `${pskText},account=a.b`].map(lacksChecksum), [false, true, true])
})

test('whoever changed the address by hand hears how to say so', () => {
  assert.throws(
    () => parsePairing(whole.replace('4190', '4191')),
    (error) =>
      error instanceof PacketboatError &&
      /checksum/.test(error.message) &&
      /take out the dot/.test(error.next),
  )
  assert.equal(parsePairing(whole.replace('4190', '4191'), { unchecked: true }).port, 4191)
})

test('line breaks that a mail program put in are dropped', () => {
  assert.deepEqual(parsePairing(`  ${pskText.slice(0, 40)}\r\n ${pskText.slice(40)}\n`), psk)
})

test('a text much longer than a pairing string is not looked through', () => {
  assert.deepEqual(parsePairing(`${pskText}${' '.repeat(1000)}`), psk)
  assert.throws(() => parsePairing(`${pskText}${' '.repeat(4097)}`), { code: 'USAGE' })
})

test('an IPv6 address may stand in brackets as they are', () => {
  assert.equal(parsePairing(pskText.replace('mail.example.org', '[2001:db8::1]')).host, '2001:db8::1')
})

const mistyped: readonly (readonly [string, string])[] = [
  ['nothing', ''],
  ['another scheme', 'https://example.org/'],
  ['an unknown way', pskText.replace('+psk', '+ssh')],
  ['a short device id', pskText.replace(deviceId, deviceId.slice(1))],
  ['an upper-case device id', pskText.replace(deviceId, deviceId.toUpperCase())],
  ['a cut secret', pskText.replace(secretText, secretText.slice(0, 42))],
  ['a secret with a wrong last digit', pskText.replace(secretText, `${secretText.slice(0, 42)}p`)],
  ['a secret with a foreign character', pskText.replace(secretText, `${secretText.slice(0, 42)}*`)],
  ['no host', pskText.replace('mail.example.org', '')],
  ['a host with a blank escape', pskText.replace('mail.example.org', 'mail%20example')],
  ['a host that is a path', pskText.replace('mail.example.org', '..%2F..')],
  ['a bad IPv6 address', pskText.replace('mail.example.org', '%5B2001::db8::1%5D')],
  ['no port', pskText.replace(':4190', '')],
  ['port 0', pskText.replace('4190', '0')],
  ['port 65536', pskText.replace('4190', '65536')],
  ['a path with psk', `${pskText}/mail`],
  ['a pin with psk', `${pskText},pin=${secretText}`],
  ['an unknown setting', `${pskText},colour=red`],
  ['a setting twice', `${pskText},account=a,account=b`],
  ['a path that is too long', `${pskText.replace('+psk', '+tls')}/${'a'.repeat(501)}`],
  ['a broken escape', `${pskText},account=%E4%`],
  ['a control character', `${pskText},account=%00`],
  ['a header in the path', `${pskText.replace('+psk', '+tls')}/a%0D%0Ab`],
  ['a path that climbs', `${pskText.replace('+psk', '+tls')}/a/../b`],
  ['a short pin', `${pskText.replace('+psk', '+tls')},pin=abcd`],
  ['an account of 257 characters', `${pskText},account=${'a'.repeat(257)}`],
  ['more than 2,048 characters', `${pskText.replace('+psk', '+tls')}${'/a'.repeat(1000)}`],
  ['a megabyte', `${pskText}${'a'.repeat(1e6)}`],
]

for (const [what, text] of mistyped) {
  test(`a pairing string with ${what} is refused in words that do not repeat the secret`, () => {
    assert.throws(
      () => parsePairing(text),
      (error) => {
        assert.ok(hasCode(error, 'USAGE'))
        assert.ok(error.message.length > 20 && error.next.length > 20)
        const shown = `${error.message} ${error.next} ${error.stack} ${String(error.cause)}`
        assert.ok(!shown.includes(secretText.slice(0, 20)))
        return true
      },
    )
  })
}

test('no string whatever gives anything but a pairing or a USAGE error', () => {
  const near = fc
    .tuple(fc.nat({ max: pskText.length }), fc.nat({ max: 4 }), fc.string({ unit: 'binary', maxLength: 4 }))
    .map(([at, drop, put]) => pskText.slice(0, at) + put + pskText.slice(at + drop))
  fc.assert(
    fc.property(fc.oneof(near, fc.string({ unit: 'binary' })), (text) => {
      try {
        parsePairing(text)
      } catch (error) {
        assert.ok(error instanceof PacketboatError && error.code === 'USAGE')
      }
    }),
    { seed, numRuns: 500 },
  )
})
