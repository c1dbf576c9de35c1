import assert from 'node:assert/strict'
import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeMail } from '../../../fixtures/make-mail.js'
import type { UsageEntry } from '../../../src/cli/usage/usage-entry.js'
import { lastEvent } from '../../world/process/program.js'
import { makeWorld, type World } from '../../world/process/world.js'

const mail = makeMail({ seed: 12, messages: 12, attachments: { share: 0.2, scale: 0.1 } })
const slow = { bitsPerSecond: 40_000, delayMs: 20 }

interface Usage {
  readonly rows: readonly { name: string; runs: number; up: number; down: number; messages: number }[]
  readonly total: { runs: number; failed: number; up: number; down: number; messages: number }
}
const usage = async (world: World, args: string[] = []): Promise<Usage> =>
  lastEvent(await world.run(['usage', ...args])) as unknown as Usage

const lastEntry = ({ data }: World): UsageEntry =>
  JSON.parse(readFileSync(join(data, 'usage.jsonl'), 'utf8').trimEnd().split('\n').at(-1) ?? '')

test('what a line has cost is counted, for runs that end badly too', async (t) => {
  const world = await makeWorld(t, { mail, line: slow })
  assert.deepEqual((await usage(world)).rows, [])

  const held = world.line?.holdAfter(6000)
  const killed = world.startSync(['--stall', '10min'])
  const release = await held
  await world.arrived()
  await killed.kill('SIGINT')
  release?.()
  const stopped = await usage(world)
  assert.deepEqual([stopped.total.runs, stopped.total.failed], [1, 1])
  assert.ok(stopped.total.down > 3000 && stopped.total.messages > 0, JSON.stringify(stopped))

  assert.equal(lastEntry(world).waits, undefined, 'who stops a run waits for no count of what is left')

  const report = await world.sync()
  assert.equal(lastEntry(world).waits?.parts, 0)
  const done = await usage(world, ['--by', 'mailbox'])
  assert.deepEqual([done.total.runs, done.total.failed, done.total.messages], [2, 1, mail.length])
  assert.equal(done.total.down - stopped.total.down, report['down'])
  const told = done.rows.reduce((sum, { down }) => sum + down, 0)
  assert.ok(Math.abs(told - done.total.down) < 2, 'rows come to what crossed the line')

  await world.kill('SIGTERM')
  const { code } = await world.run(['sync', '--give-up-after', '0'])
  assert.equal(code, 5)
  assert.equal((await usage(world)).total.failed, 2)

  const plot = join(world.root, 'usage.svg')
  await usage(world, ['--by', 'month', '--plot', plot])
  assert.match(readFileSync(plot, 'utf8'), /^<svg[\s\S]*<\/svg>\n$/)
  const page = join(world.root, 'usage.html')
  await usage(world, ['--html', page])
  assert.match(
    readFileSync(page, 'utf8'),
    /^<!DOCTYPE html>[\s\S]*<svg[\s\S]*<th scope="row">total<[\s\S]*<\/html>\n$/,
  )
  for (const day of ['', '26', '2026-02-30', '2026-13', 'today']) {
    const wrong = await world.run(['usage', '--since', day])
    assert.deepEqual([wrong.code, lastEvent(wrong)['code']], [2, 'USAGE'], day)
  }
  const nowhere = await world.run(['usage', '--html', join(world.root, 'no', 'where.html')])
  assert.deepEqual([nowhere.code, lastEvent(nowhere)['code']], [2, 'USAGE'])
  const table = await world.command(['usage', '--data', world.data])
  assert.match(table.stdout, /^day +runs +failed +new +down +up +time +cost\n\d{4}-\d\d-\d\d +3 +2 +12 /)
})

test('asking what a sync would move costs something, and is counted', async (t) => {
  const world = await makeWorld(t, { mail: mail.slice(0, 3) })
  await world.sync()
  const before = (await usage(world)).total
  const { asked } = lastEvent(await world.run(['sync', '--dry-run'])) as unknown as {
    asked: { down: number }
  }
  const { total } = await usage(world)
  assert.deepEqual([total.runs - before.runs, total.down - before.down], [1, asked.down])
})

test('a run that was killed hard is counted by the next one', async (t) => {
  const world = await makeWorld(t, { mail: mail.slice(0, 3) })
  await world.startSync().kill('SIGKILL')
  await world.sync()
  const { total } = await usage(world)
  assert.ok(total.runs - total.failed === 1 && total.failed <= 1)
})

test('without a terminal a sync says nothing when nothing is new, and one line when something is', async (t) => {
  const world = await makeWorld(t, { mail: mail.slice(0, 3) })
  const plainly = async (...args: string[]) => {
    const { code, stdout, stderr } = await world.command(['sync', '--data', world.data, ...args])
    return { code, stdout, stderr }
  }
  const first = await plainly()
  assert.match(first.stdout, /^3 new\. [^\n]+ down, [^\n]+ up in [^\n]+\n$/)
  assert.deepEqual(await plainly(), { code: 0, stdout: '', stderr: '' })
  assert.match((await plainly('--verbose')).stdout, /^Nothing new\. /)
  world.server.person.deliver(['INBOX'], 'From: a@example.org\nSubject: x\n\nx\n')
  assert.deepEqual(await plainly('--quiet'), { code: 0, stdout: '', stderr: '' })
  world.server.person.deliver(['INBOX'], 'From: a@example.org\nSubject: y\n\ny\n')
  assert.match((await plainly('--verbose')).stdout, /\n {2}INBOX: 1 new, [\d.]+ \w+ down, [\d.]+ \w+ up\n$/)
})

test('--ext-exit tells which side has changed', async (t) => {
  const world = await makeWorld(t, { mail: mail.slice(0, 3) })
  const exit = async (): Promise<number | undefined> => (await world.run(['sync', '--ext-exit'])).code
  assert.equal(await exit(), 64)
  assert.equal(await exit(), 0)
  world.server.person.makeMailbox(['New there'])
  assert.equal(await exit(), 64)
  world.person.deliver(['INBOX'], 'From: me@example.org\nSubject: up\n\nup\n')
  assert.equal(await exit(), 32)
  world.person.deliver(['INBOX'], 'From: me@example.org\nSubject: up again\n\nup\n')
  world.server.person.deliver(['INBOX'], 'From: a@example.org\nSubject: down\n\ndown\n')
  assert.equal(await exit(), 96)
})

test('on a link with a price a run says what it cost, and warns when the month is nearly used up', async (t) => {
  const world = await makeWorld(t, { mail: mail.slice(0, 3) })
  appendFileSync(
    join(world.data, 'client.toml'),
    '\nallowance = "1 kB"\n[link.boat]\nprice = "1 USD/kB"\nallowance = "1000 USD"\n',
  )
  const sync = (...args: string[]) => world.command(['sync', '--data', world.data, ...args])
  const first = await sync('--link', 'boat')
  assert.match(first.stdout, /^3 new\..*, \d+\.\d\d USD\.\n$/)
  assert.match(first.stderr, /^packetboat: Used up: [\d.]+ kB of the month's 1\.0 kB \(\d+ %\)\.\n$/)
  assert.deepEqual(await sync('--link', 'boat'), { ...first, stdout: '', stderr: '' })
  await sync()
  const { stdout } = await world.command(['usage', '--data', world.data, '--by', 'link'])
  assert.match(stdout, /^boat +2 .* \d+\.\d\d USD\ndefault +1 [^U]*\ntotal +3 .* USD$/m)
  assert.match(stdout, /of the month's 1000\.00 USD on boat \(\d %\)$/m)
  const status = await world.command(['status', '--data', world.data])
  assert.match(status.stdout, /^Used: [\d.]+ kB of the month's 1\.0 kB \(\d+ %\)\.$/m)
  assert.match(status.stdout, /^Used: \d+\.\d\d USD of the month's 1000\.00 USD on boat \(\d %\)\.$/m)
  const synced = lastEvent(await world.run(['sync', '--link', 'boat'])) as unknown as {
    link: string
    cost: { amount: number; currency: string }
    up: number
    down: number
  }
  assert.equal(synced.link, 'boat')
  assert.equal(synced.cost.amount.toFixed(6), ((synced.up + synced.down) / 1000).toFixed(6))
})
