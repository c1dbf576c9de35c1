import assert from 'node:assert/strict'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { Transform, Writable } from 'node:stream'
import { type TestContext, test } from 'node:test'
import { SentBody } from '../../src/submit/sent-body.js'
import { openSmtpSubmitter } from '../../src/submit/smtp.js'
import { startServer } from './servers.js'
import { textMail } from './text-mail.js'

const text = 'From: ann@example.org\r\n\r\nhi\r\n.\r\n'
const mail = textMail(text)
const recipients = ['bob@example.org', 'cy@example.org']
const never = new AbortController().signal

/** A line to a server that breaks behind so many bytes. */
interface Line {
  readonly port: number
  /** What has crossed it since it was last set, as text. */
  crossed: { up: string; down: string }
  breaks: { readonly way: 'up' | 'down'; readonly after: number } | undefined
  /** Once both ends of every connection are closed. */
  quiet(): Promise<void>
}

async function lineTo(t: TestContext, port: number): Promise<Line> {
  const open = new Set<Socket>()
  const line: Line = {
    port: 0,
    crossed: { up: '', down: '' },
    breaks: undefined,
    quiet: async () => {
      while (open.size > 0) await new Promise((resolve) => setImmediate(resolve))
    },
  }
  const server = createServer((client) => {
    const away = connect(port, '127.0.0.1')
    for (const socket of [client, away]) {
      open.add(socket.on('error', () => undefined).setNoDelay(true))
      socket.on('close', () => open.delete(socket))
    }
    const carry = (from: Socket, to: Socket, way: 'up' | 'down'): void => {
      from.on('data', (chunk: Buffer) => {
        const left =
          line.breaks?.way === way ? line.breaks.after - line.crossed[way].length : chunk.length + 1
        const part = chunk.subarray(0, Math.max(0, left))
        line.crossed[way] += part.toString('latin1')
        if (part.length > 0) to.write(part)
        if (left > chunk.length) return
        // What has come so far is delivered; nothing comes back. Another connection is whole.
        line.breaks = undefined
        from.destroy()
        to.end(() => to.destroy())
      })
      from.on('end', () => to.end())
      from.on('close', () => to.destroySoon())
    }
    carry(client, away, 'up')
    carry(away, client, 'down')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    for (const socket of open) socket.destroy()
    server.close()
  })
  return Object.assign(line, { port: (server.address() as AddressInfo).port })
}

type Protocol = 'smtp' | 'lmtp'
type Breaks = NonNullable<Line['breaks']>

interface Session {
  readonly outcomes: readonly string[]
  readonly taken: boolean
  readonly crossed: Line['crossed']
}

/** Sessions one after the other over a line of their own. */
async function sessionsOver(
  t: TestContext,
  protocol: Protocol,
): Promise<(breaks?: Breaks) => Promise<Session>> {
  const server = await startServer(t, { lmtp: protocol === 'lmtp', name: 'x', banner: 'x', hideSize: true })
  const line = await lineTo(t, server.port)
  const submitter = openSmtpSubmitter({ protocol, at: { host: '127.0.0.1', port: line.port }, tls: 'none' })
  return async (breaks) => {
    server.taken.length = 0
    line.crossed = { up: '', down: '' }
    line.breaks = breaks
    const handed = await submitter.submit({ from: 'ann@example.org', recipients }, mail, never)
    await line.quiet()
    const outcomes = handed.map(({ outcome }) => outcome)
    return { outcomes, taken: server.taken.length > 0, crossed: line.crossed }
  }
}

/** Where in a session what happens, as bytes of each way. */
function momentsOf({ up, down }: Line['crossed']) {
  const body = up.indexOf('DATA\r\n') + 'DATA\r\n'.length
  return {
    body,
    dotSent: up.indexOf('\r\n.\r\n', up.indexOf('..')) + '\r\n.\r\n'.length,
    asked: down.indexOf('354 ') + 4,
    bodyAsked: down.indexOf('\n', down.indexOf('354 ')) + 1,
    quit: up.indexOf('QUIT'),
    answered: down.lastIndexOf('taken') + 'taken\r\n'.length,
  }
}

function check(
  { way, after }: Breaks,
  { outcomes, taken }: Session,
  { body, dotSent, asked, bodyAsked }: ReturnType<typeof momentsOf>,
): void {
  const where = `${way} ${after}: ${outcomes}, ${taken ? '' : 'not '}taken`
  const before = way === 'up' ? after < body : after < asked
  const behind = way === 'up' ? after >= dotSent : after > bodyAsked
  if (way === 'up' && after < dotSent) assert.ok(!taken, where)
  for (const outcome of outcomes) {
    assert.notEqual(outcome, 'refused', where)
    if (outcome === 'accepted') assert.ok(taken, where)
    else if (taken) assert.equal(outcome, 'uncertain', where)
    // Either none of the body has gone, or all of it.
    if (before) assert.equal(outcome, 'later', where)
    if (behind) assert.notEqual(outcome, 'later', where)
  }
}

/** smtp-server greets nobody within 100 ms: these wait together. */
const atOnce = 24

for (const protocol of ['smtp', 'lmtp'] as const)
  test(`${protocol}, cut at every byte: accepted is what was taken over, and that is never simply tried again`, async (t) => {
    const session = await sessionsOver(t, protocol)
    const { outcomes, taken, crossed } = await session()
    assert.deepEqual({ outcomes, taken }, { outcomes: ['accepted', 'accepted'], taken: true })
    const moments = momentsOf(crossed)
    assert.ok(
      moments.body > 6 && moments.dotSent > moments.body && moments.asked > 4,
      JSON.stringify(crossed),
    )
    const cuts: Breaks[] = []
    for (let after = 0; after < moments.quit; after++) cuts.push({ way: 'up', after })
    for (let after = 0; after < moments.answered; after++) cuts.push({ way: 'down', after })
    await Promise.all(
      Array.from({ length: atOnce }, async () => {
        const cutSession = await sessionsOver(t, protocol)
        for (let cut = cuts.pop(); cut; cut = cuts.pop()) check(cut, await cutSession(cut), moments)
      }),
    )
  })

test('two mails over one connection, cut at every byte: each is taken as often as is said, and tried again only if nothing of it went', async (t) => {
  const open = async () => {
    const server = await startServer(t, { name: 'x', banner: 'x', hideSize: true })
    const line = await lineTo(t, server.port)
    const at = { host: '127.0.0.1', port: line.port }
    return async (breaks?: Breaks) => {
      const submitter = openSmtpSubmitter({ protocol: 'smtp', at, tls: 'none' })
      server.taken.length = 0
      line.crossed = { up: '', down: '' }
      line.breaks = breaks
      const outcomes: string[] = []
      for (const subject of ['one', 'two']) {
        const each = textMail(`Subject: ${subject}\r\n\r\nhi\r\n`)
        const [handed] = await submitter.submit(
          { from: 'ann@example.org', recipients: ['bob@example.org'] },
          each,
          never,
          true,
        )
        outcomes.push(handed?.outcome ?? '')
      }
      submitter.end?.()
      await line.quiet()
      const texts = server.taken.map(({ bytes }) => Buffer.from(bytes).toString())
      const taken = ['one', 'two'].map(
        (subject) => texts.filter((each) => each.includes(`Subject: ${subject}`)).length,
      )
      return { outcomes, taken, crossed: line.crossed }
    }
  }
  const { outcomes, taken, crossed } = await (await open())()
  assert.deepEqual({ outcomes, taken }, { outcomes: ['accepted', 'accepted'], taken: [1, 1] })
  assert.equal(crossed.up.match(/EHLO/g)?.length, 1)
  const cuts: Breaks[] = []
  for (const way of ['up', 'down'] as const)
    for (let after = 0; after < crossed[way].length; after++) cuts.push({ way, after })
  let again = 0
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      const session = await open()
      for (let cut = cuts.pop(); cut; cut = cuts.pop()) {
        const ended = await session(cut)
        const where = `${cut.way} ${cut.after}: ${ended.outcomes}, taken ${ended.taken}`
        for (const [i, outcome] of ended.outcomes.entries()) {
          const times = ended.taken[i] ?? 0
          assert.ok(times <= 1, where)
          if (outcome === 'accepted') assert.equal(times, 1, where)
          else if (outcome === 'later') assert.equal(times, 0, where)
          else assert.equal(outcome, 'uncertain', where)
        }
        // One cut harms one mail at the most.
        assert.ok(ended.outcomes.includes('accepted'), where)
        if (ended.outcomes.join() === 'accepted,accepted') again++
      }
    }),
  )
  assert.ok(again > 20, `${again} cuts harmed nothing`)
})

test('of a message the end goes only when the line has taken all that is before it', async () => {
  const size = 300_000
  const body = new SentBody(
    {
      sizeBytes: size,
      async *read() {
        for (let at = 0; at < size; at += 50_000) yield new Uint8Array(50_000)
      },
    },
    () => undefined,
  )
  const waiting: (() => void)[] = []
  let written = 0
  const line = new Writable({
    write: (chunk: Buffer, _, done) => {
      waiting.push(() => {
        written += chunk.length
        done()
      })
    },
  })
  const stuffed = new Transform({ transform: (chunk, _, done) => done(null, chunk) })
  const ended = new Promise<void>((resolve) => stuffed.once('end', resolve))
  body.over(() => line)
  body.pipe(stuffed).pipe(line, { end: false })
  let over = false
  void ended.then(() => {
    over = true
  })
  while (!over) {
    // Whatever time it is given: it isn't whole while the line holds something back.
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
    if (written < size) assert.ok(!body.whole, `${written} of ${size}`)
    waiting.shift()?.()
  }
  assert.ok(body.whole)
  assert.equal(written, size)
})
