import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { hasCode, type PacketboatError } from '../../../src/errors/packetboat-error.js'
import { listMailboxes, mostMailboxes } from '../../../src/mailstore/imap/mailboxes/mailbox-list.js'
import { ImapConnection } from '../../../src/mailstore/imap/session/imap-connection.js'
import type { ImapServer } from '../../../src/mailstore/imap/session/imap-server.js'

/** What a server that means ill, or who sits in the line before it, gets of an endpoint. */

/** What it says before it says OK, or NOTHING where it has said all. */
type Answer = (command: string, say: (text: string) => boolean, socket: Socket, tag: string) => string

/** How listing the mailboxes of such a server ends, what it has heard, and how many bytes it could send. */
async function listOf(
  t: TestContext,
  {
    tls = 'none',
    greeting = '* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready',
    most,
    states = false,
    answer,
  }: {
    readonly tls?: ImapServer['tls']
    readonly greeting?: string
    readonly most?: number
    readonly states?: boolean
    readonly answer?: Answer
  },
): Promise<{ readonly error: PacketboatError; readonly heard: string; readonly sentBytes: () => number }> {
  let [heard, sentBytes] = ['', 0]
  const server = createServer((socket) => {
    const say = (text: string): boolean => {
      sentBytes += text.length
      return socket.write(text, 'latin1')
    }
    socket.on('error', () => undefined)
    t.after(() => socket.destroy())
    say(`${greeting}\r\n`)
    socket.on('data', (bytes) => {
      heard += bytes.toString('latin1')
      for (const line of bytes.toString('latin1').split('\r\n').filter(Boolean)) {
        const [tag = '', command = ''] = [line.split(' ')[0], line.slice(line.indexOf(' ') + 1)]
        const special = answer?.(command, say, socket, tag) ?? ''
        if (special === 'NOTHING') continue
        const root = command === 'LIST "" ""' ? '* LIST () "/" ""\r\n' : ''
        say(`${special}${root}${tag} OK done\r\n`)
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  const connection = new ImapConnection(
    {
      host: '127.0.0.1',
      port,
      tls,
      user: 'me',
      without: [],
      leaveOut: [],
      wholeBytes: 1,
      credentials: async () => ({ password: 'sesame' }),
    },
    Date.now,
  )
  t.after(() => connection.close())
  const list = connection.run((session) => listMailboxes(session, [], { states, ...(most && { most }) }), {
    again: false,
  })
  const error = await list.then(
    (mailboxes) => assert.fail(`it was listened to: ${mailboxes.length} mailboxes`),
    (reason: unknown) => reason,
  )
  assert.ok(hasCode(error, 'MAILSTORE_AWAY'), String(error))
  return { error, heard, sentBytes: () => sentBytes }
}

const clearText = '* OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN] ready'

for (const [what, greeting, answer] of [
  ['says that the login is done', '* PREAUTH [CAPABILITY IMAP4rev1] welcome', undefined],
  ['offers no STARTTLS', undefined, undefined],
  // Anything that follows the answer in clear text may come from an attacker on the line (RFC 9051 11.3).
  [
    'says more before TLS begins',
    clearText,
    (command, say, _, tag) => {
      if (command !== 'STARTTLS') return ''
      say(`${tag} OK go on\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n`)
      return 'NOTHING'
    },
  ],
] as const satisfies readonly (readonly [string, string | undefined, Answer | undefined])[])
  test(`a server that ${what} hears no password where TLS was asked for`, async (t) => {
    const { heard } = await listOf(t, {
      tls: 'starttls',
      ...(greeting && { greeting }),
      ...(answer && { answer }),
    })
    assert.doesNotMatch(heard, /LOGIN|AUTHENTICATE|LIST/)
  })

/** Sends this again and again while the client reads, up to this many bytes. */
function pour(text: string, mostBytes: number, say: (text: string) => boolean, socket: Socket): void {
  let sent = 0
  const on = (): void => {
    while (sent < mostBytes && !socket.destroyed) {
      sent += text.length
      if (!say(text)) return void socket.once('drain', on)
    }
  }
  on()
}

const mebi = 1024 * 1024

test('a literal that is too large is not waited for, and a line without end not kept', async (t) => {
  for (const [begin, bound] of [
    ['* LIST () "/" {9000000000}\r\n', 16],
    ['* LIST () "/" "', 80],
  ] as const) {
    const { sentBytes } = await listOf(t, {
      answer: (command, say, socket) => {
        if (!command.startsWith('LIST "" "*"')) return ''
        say(begin)
        pour('a'.repeat(mebi), 160 * mebi, say, socket)
        return 'NOTHING'
      },
    })
    assert.ok(sentBytes() < bound * mebi, `${sentBytes()} bytes were taken`)
  }
})

test('a server that never comes to the end of a login is hung up on', async (t) => {
  const { error, sentBytes } = await listOf(t, {
    answer: (command, say, socket) => {
      if (command !== 'LIST "" ""') return ''
      pour('* LIST () "/" "again"\r\n'.repeat(1000), 64 * mebi, say, socket)
      return 'NOTHING'
    },
  })
  assert.match(error.message, /its answer to a command has no end/)
  assert.ok(sentBytes() < 16 * mebi, `${sentBytes()} bytes were taken`)
})

for (const [kind, command, capabilities] of [
  ['LIST', 'LIST', ''],
  ['LSUB', 'LSUB', ''],
  ['STATUS', 'LIST', ' LIST-EXTENDED LIST-STATUS'],
] as const)
  test(`mailboxes without end (${kind}) are not kept`, async (t) => {
    assert.equal(mostMailboxes, 100_000)
    let told = 0
    const says = (n: number): string =>
      kind === 'STATUS'
        ? `* STATUS "m${n}" (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 3)\r\n`
        : `* ${kind} () "/" "m${n}"\r\n`
    const answer: Answer = (heard, say, socket) => {
      if (!heard.startsWith(`${command} "" "*"`)) return ''
      const more = (): void => {
        while (told < 200_000 && !socket.destroyed)
          if (!say(says(told++))) return void socket.once('drain', more)
        socket.end()
      }
      more()
      return 'NOTHING'
    }
    const greeting = `* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN${capabilities}] ready`
    const { error } = await listOf(t, { most: 50, answer, greeting, states: kind === 'STATUS' })
    assert.match(error.message, /lists more than 50 mailboxes/)
    assert.ok(told < 200_000, 'it was hung up on')
  })
