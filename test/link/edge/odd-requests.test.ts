import assert from 'node:assert/strict'
import { connect } from 'node:net'
import test from 'node:test'
import { deriveDeviceKeys } from '../../../src/link/device-keys.js'
import { readAll, worldOf } from '../world.js'

/** What a server says to these bytes until it closes the connection, or has said a whole answer. */
function said(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    let heard = ''
    socket.on('data', (bytes: Buffer) => {
      heard += bytes.toString('latin1')
      if (/^HTTP\/1\.1 [2-5].*\r\n\r\n.*\n$/s.test(heard)) socket.end()
    })
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(heard))
  })
}

const post = 'POST /v1/exchange HTTP/1.1\r\nhost: x\r\n'
/** What nobody honest sends, and how it is answered: undefined is by nothing but the end of the connection. */
const odd: readonly (readonly [what: string, text: string, status: number | undefined])[] = [
  ['a tunnel', 'CONNECT 127.0.0.1:22 HTTP/1.1\r\nhost: x\r\n\r\n', undefined],
  ['TRACE', 'TRACE /v1/exchange HTTP/1.1\r\nhost: x\r\n\r\n', 405],
  [
    'a path of another server',
    `POST http://evil/v1/exchange HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n`,
    404,
  ],
  ['a path that climbs', 'POST /v1/../v1/exchange HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n', 404],
  ['no host', 'POST /v1/exchange HTTP/1.1\r\ncontent-length: 0\r\n\r\n', 400],
  ['lines that end in LF', 'POST /v1/exchange HTTP/1.1\nhost: x\ncontent-length: 0\n\n', undefined],
  ['another expectation', `${post}expect: tea\r\ncontent-length: 0\r\n\r\n`, 417],
  // Two ways to say where a body ends: what a proxy takes for the body would be another's request here (RFC 9112 11.2).
  [
    'a length and chunks',
    `${post}content-length: 6\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGPOST`,
    undefined,
  ],
  ['two lengths', `${post}content-length: 0\r\ncontent-length: 5\r\n\r\nabcde`, undefined],
  ['an unknown coding', `${post}transfer-encoding: xchunked\r\n\r\n0\r\n\r\n`, undefined],
  ['a length with a sign', `${post}content-length: +5\r\n\r\nabcde`, undefined],
  ['a chunk of 2^64 bytes', `${post}transfer-encoding: chunked\r\n\r\n10000000000000000\r\n`, undefined],
  ['a head of 9,000 bytes', `GET / HTTP/1.1\r\nhost: x\r\nx: ${'a'.repeat(9000)}\r\n\r\n`, undefined],
  [
    'a head of 2,000 small fields',
    `GET / HTTP/1.1\r\nhost: x\r\n${'abc: de\r\n'.repeat(2000)}\r\n`,
    undefined,
  ],
]

for (const [what, text, status] of odd)
  test(`a stranger's request with ${what} is ${status === undefined ? 'hung up on' : `answered by ${status}`}`, async (t) => {
    const { server, link } = await worldOf(t, { via: 'http' })
    const answer = await said(server.address.port, text)
    if (status === undefined) assert.equal(answer, '')
    else assert.match(answer, new RegExp(`^HTTP/1.1 ${status} `))
    const hello = new TextEncoder().encode('hello')
    assert.deepEqual(await readAll(await link().exchange(hello)), hello, 'and it goes on')
  })

test('a device hears no exchange in a body that a proxy would end elsewhere', async (t) => {
  let exchanges = 0
  const world = await worldOf(t, {
    via: 'http',
    respond: async function* () {
      exchanges++
      yield new Uint8Array([1])
    },
  })
  const { bearer } = deriveDeviceKeys(world.pairing.secret)
  const mine = `${post}authorization: Bearer ${bearer}\r\n`
  const within = `${mine}content-length: 0\r\n\r\n`
  await said(
    world.server.address.port,
    `${mine}content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${within}`,
  )
  await said(
    world.server.address.port,
    `${mine}content-length: 0\r\ncontent-length: ${within.length}\r\n\r\n${within}`,
  )
  assert.equal(exchanges, 0)
})
