import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { hasCode, type PacketboatError } from '../../../src/errors/packetboat-error.js'
import { ImapConnection } from '../../../src/mailstore/imap/session/imap-connection.js'
import { isRefusedLogin } from '../../../src/mailstore/imap/session/imap-errors.js'
import type { ImapServer } from '../../../src/mailstore/imap/session/imap-server.js'

/** What a person hears who has set up a port with another kind of TLS than it speaks, or a wrong password. */

async function attempt(
  t: TestContext,
  tls: ImapServer['tls'],
  speak: (socket: Socket) => void,
): Promise<PacketboatError> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    speak(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const connection = new ImapConnection(
    {
      host: '127.0.0.1',
      port: (server.address() as AddressInfo).port,
      tls,
      user: 'me',
      without: [],
      leaveOut: [],
      wholeBytes: 1,
      credentials: async () => ({ password: 'x' }),
    },
    Date.now,
  )
  t.after(() => connection.close())
  try {
    await connection.run(async () => undefined)
  } catch (error) {
    assert.ok(hasCode(error, 'MAILSTORE_AWAY'), String(error))
    return error
  }
  throw new Error('it was let in')
}

/** Speaks IMAP without TLS, offers nothing, and lets nobody in. */
const plainServer = (socket: Socket): void => refusing('[AUTHENTICATIONFAILED]')(socket)

const refusing =
  (code: string) =>
  (socket: Socket): void => {
    socket.write('* OK [CAPABILITY IMAP4rev1] ready\r\n')
    socket.on('data', (data) => {
      const [tag = '', name = ''] = data.toString('latin1').split(/\s/)
      const known = ['CAPABILITY', 'LOGOUT', 'ID', 'NAMESPACE'].includes(name.toUpperCase())
      socket.write(known ? `${tag} OK done\r\n` : `${tag} NO ${code} Authentication failed.\r\n`)
    })
  }

test('a port without TLS is told from one with it, and the setting that is right is named', async (t) => {
  const plain = await attempt(t, 'tls', plainServer)
  assert.match(plain.message, /doesn't speak TLS from the start on this port\.$/)
  assert.match(plain.next, /tls = "starttls"/)
  const noStarttls = await attempt(t, 'starttls', plainServer)
  assert.match(noStarttls.message, /doesn't offer STARTTLS/)
  assert.match(noStarttls.next, /tls = "tls"/)
})

test('what a server says of a login ends with one full stop', async (t) => {
  const { message, next } = await attempt(t, 'none', plainServer)
  assert.match(message, /refuses the login of me: .*[^.]\.$/)
  assert.match(next, /user and password/)
})

test('where it is not user and password that are wrong, what to do is something else', async (t) => {
  for (const [code, advice, isRefused] of [
    ['[AUTHENTICATIONFAILED]', /Check user and password/, true],
    ['[UNAVAILABLE]', /tries again by itself/, false],
    ['[INUSE]', /tries again by itself/, false],
    ['[LIMIT]', /tries again by itself/, false],
    ['[EXPIRED]', /has expired/, false],
    ['[CONTACTADMIN]', /Ask the server's operator/, false],
    ['', /Check user and password/, true],
  ] as const) {
    const error = await attempt(t, 'none', refusing(code))
    assert.match(error.next, advice, code)
    assert.match(error.message, /refuses the login of me/, code)
    assert.equal(isRefusedLogin(error), isRefused, code)
  }
})
