import assert from 'node:assert/strict'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import type { MailServer } from '../../src/submit/mail-server.js'
import { openSmtpSubmitter } from '../../src/submit/smtp.js'
import { textMail } from './text-mail.js'

/** Servers, or somebody on the line, that want something else than mail. */

const never = new AbortController().signal
const mail = textMail('From: ann@example.org\r\n\r\nhi\r\n')

/** What becomes of a mail at a server that treats every connection like this. */
async function handOver(
  t: TestContext,
  serve: (socket: Socket) => void,
  { answerMs = 20_000, ...more }: Partial<MailServer> & { readonly answerMs?: number } = {},
): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined))
    serve(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const submitter = openSmtpSubmitter(
    { protocol: 'smtp', at: { host: '127.0.0.1', port }, tls: 'none', ...more },
    { patience: { connectMs: 20_000, answerMs } },
  )
  const [handed] = await submitter.submit(
    { from: 'ann@example.org', recipients: ['b@example.org'] },
    mail,
    never,
  )
  assert.match(handed?.reply ?? '', /^[^\p{Cc}]{1,500}$/u)
  return `${handed?.outcome}: ${handed?.reply}`
}

/** As fast as the line takes it, until nobody does any more. Gives how much went. */
function pour(socket: Socket, what: string): () => number {
  const chunk = Buffer.from(what.repeat(Math.ceil(16_384 / what.length)))
  let bytes = 0
  const more = (): void => {
    while (!socket.destroyed && bytes < 2_000_000_000) {
      bytes += chunk.length
      if (!socket.write(chunk)) return
    }
  }
  socket.on('drain', more)
  more()
  return () => bytes
}

/** Says one after the other, one to each thing that it hears; then `last`, again and again. */
function inTurn(says: readonly string[], last: string): (socket: Socket) => void {
  return (socket) => {
    let turn = 0
    const say = (): void => {
      const word = says[turn++]
      if (word !== undefined) socket.write(`${word}\r\n`)
      else if (turn === says.length + 1) pour(socket, last)
    }
    socket.on('data', say)
    say()
  }
}

const toData = ['220 here', '250 here', '250 ok', '250 ok', '354 go on']

for (const [what, serve] of [
  ['a greeting without an end', inTurn([], 'x')],
  ['a greeting of lines without an end', inTurn([], '220-hello\r\n')],
  ['greetings without an end', inTurn([], '220 hello\r\n')],
  ['an EHLO without an end', inTurn(['220 here'], '250-SIZE 1\r\n')],
  ['a reply to MAIL without an end', inTurn(toData.slice(0, 2), '250-ok\r\n')],
  ['replies to MAIL without an end', inTurn(toData.slice(0, 2), '999 ok\r\n')],
  ['a reply to the message without an end', inTurn(toData, '250-taken\r\n')],
] as const)
  test(`nobody is filled up by ${what}`, async (t) => {
    const before = process.memoryUsage().rss
    await handOver(t, serve)
    const grown = process.memoryUsage().rss - before
    assert.ok(grown < 100_000_000, `${grown}`)
  })

/** As `inTurn`, and then a letter now and then: never silent for long. */
function drips(says: readonly string[]): (socket: Socket) => void {
  return (socket) => {
    let turn = 0
    const say = (): void => {
      const word = says[turn++]
      if (word !== undefined) socket.write(`${word}\r\n`)
      else if (turn === says.length + 1) {
        const timer = setInterval(() => socket.write('2'), 10)
        socket.on('close', () => clearInterval(timer))
      }
    }
    socket.on('data', say)
    say()
  }
}

test('a server that never comes to the end of what it says is given up, and nobody waits for it for ever', async (t) => {
  for (const [heard, outcome] of [
    [1, 'later'],
    [2, 'later'],
    [5, 'uncertain'],
  ] as const) {
    const said = await handOver(t, drips(toData.slice(0, heard)), { answerMs: 300 })
    assert.equal(said, `${outcome}: The server took too long.`, `${heard}`)
  }
})

test('answers that come before anything was asked take no mail over that has not gone', async (t) => {
  const said = await handOver(t, (socket) => {
    socket.write(`${[...toData, '250 taken'].join('\r\n')}\r\n`)
    socket.end()
  })
  assert.match(said, /^(later|uncertain): /)
})

for (const [bytes, outcome] of [
  [60_000, 'accepted'],
  [100_000, 'uncertain'],
] as const)
  test(`a reply of ${bytes} bytes is ${outcome === 'accepted' ? 'read' : 'more than is read'}`, async (t) => {
    const taken = `${'250-taken\r\n'.repeat(bytes / 11)}250 taken`
    const says = [...toData, taken, '221 bye']
    assert.match(
      await handOver(t, (socket) => {
        let turn = 0
        let body = ''
        const say = (): void => void socket.write(`${says[turn++] ?? '500 what'}\r\n`)
        socket.on('data', (heard) => {
          // The message takes one turn, however it arrives.
          if (turn === 5) body += heard
          if (turn !== 5 || body.endsWith('\r\n.\r\n')) say()
        })
        say()
      }),
      new RegExp(`^${outcome}: `),
    )
  })
