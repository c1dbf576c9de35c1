import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { until } from '../../world/until.js'
import { letterTo, makeSender, outboxRows } from './sender.js'

const minuteMs = 60_000
const hourMs = 60 * minuteMs

/** A clock for a process, which somebody puts forward while it runs. */
function makeClock(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'packetboat-clock-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const [ahead, program] = [join(folder, 'ahead'), join(folder, 'clock.mjs')]
  let aheadMs = 0
  const pass = (ms: number): void => {
    aheadMs += ms
    writeFileSync(ahead, String(aheadMs))
  }
  pass(0)
  writeFileSync(
    program,
    `import { readFileSync } from 'node:fs'\nconst now = Date.now\nDate.now = () => now() + Number(readFileSync(${JSON.stringify(ahead)}, 'utf8'))\n`,
  )
  return { pass, env: { NODE_OPTIONS: `--import=${pathToFileURL(program).href}` } }
}

test('a mail server that is away for a day is tried less and less often, and then gets each mail once, urgent mail first', async (t) => {
  const clock = makeClock(t)
  let isAway = true
  let tries = 0
  const closed = Object.assign(new Error('closed today'), { responseCode: 421 })
  const sender = await makeSender(
    t,
    {
      onConnect: (_, done) => {
        if (isAway) tries++
        done(isAway ? closed : undefined)
      },
    },
    clock.env,
  )
  const told = { sent: 0, failed: 0 }
  const sync = async (): Promise<void> => {
    const { sent, failed } = (await sender.sync())['outbox'] as { sent: number; failed: number }
    told.sent += sent
    told.failed += failed
  }
  const allAre = (state: string): Promise<void> =>
    until(async () => {
      await sync()
      return (await outboxRows(sender)).every((row) => row.state === state)
    })
  await sync()
  for (const [subject, ...options] of [['plain'], ['help', '--urgent']] as const)
    assert.equal(
      await sender.sendmail([...options, 'bob@example.net'], letterTo('bob@example.net', subject)),
      0,
    )
  await allAre('waits')
  assert.match(JSON.stringify(await outboxRows(sender)), /"reason":"[^"]*closed today/)
  // A try for each of the two, which may go over another connection at once.
  const passes = async (ms: number, more: 0 | 2): Promise<void> => {
    const before = tries
    clock.pass(ms)
    await sync()
    await until(async () => tries >= before + more)
    await allAre('waits')
    assert.ok(tries - before <= 2 * more, `${tries - before} tries after ${ms} ms`)
  }
  for (const minutes of [1, 2, 5, 10]) {
    await passes(minutes * minuteMs - 20_000, 0)
    await passes(20_000, 2)
  }
  for (let hours = 0; hours < 24; hours += 4) await passes(4 * hourMs, 2)
  isAway = false
  clock.pass(hourMs)
  await allAre('sent')
  await sync()
  const subjects = sender.smtp.taken.map(
    ({ bytes }) => /^Subject: (.*)\r$/m.exec(Buffer.from(bytes).toString())?.[1],
  )
  assert.deepEqual(subjects, ['help', 'plain'])
  assert.deepEqual(told, { sent: 2, failed: 0 })
  assert.deepEqual(sender.person.list(['INBOX']), [])
  assert.equal(sender.person.list(['Sent']).length, 2)
})
