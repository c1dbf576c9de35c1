import assert from 'node:assert/strict'
import { appendFileSync, existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { RunAct, RunEntry } from '../../../src/cli/log/run-entry.js'
import { letter } from '../../world/letter.js'
import { lastEvent } from '../../world/process/program.js'
import { makeWorld, type World } from '../../world/process/world.js'

async function runs(world: World, args: readonly string[] = []): Promise<readonly RunEntry[]> {
  const ran = await world.run(['log', ...args])
  assert.equal(ran.code, 0, ran.stdout)
  return lastEvent(ran)['runs'] as RunEntry[]
}

const brief = ({ act, by, from, mailbox, subject }: RunAct): string =>
  `${by}: ${act} ${from === undefined ? '' : `${from} > `}${mailbox} ${subject}`

/** What the last run did. */
async function last(world: World): Promise<string[]> {
  return ((await runs(world))[0]?.acts ?? []).map(brief).sort()
}

test('the log says what each run did to messages, on which side, and nothing of runs that did nothing', async (t) => {
  const world = await makeWorld(t, { mail: [] })
  const there = world.server.person
  const log = join(world.data, 'log.jsonl')
  await world.sync()
  assert.ok(!existsSync(log))
  assert.deepEqual(await runs(world), [])
  there.makeMailbox(['Work'])
  there.deliver(['INBOX'], letter('plan'))
  const gone = there.deliver(['INBOX'], letter('gone'))
  await world.sync()
  assert.deepEqual(await last(world), ['endpoint: new INBOX gone', 'endpoint: new INBOX plan'])
  assert.equal(statSync(log).mode & 0o777, 0o600)

  const before = readFileSync(log, 'utf8')
  await world.sync()
  there.markSeen(there.find(['INBOX'], 'plan'))
  await world.sync()
  assert.equal(readFileSync(log, 'utf8'), before)

  there.moveAsMutt(there.find(['INBOX'], 'plan'), ['Work'])
  there.remove(gone)
  await world.sync()
  assert.deepEqual(await last(world), ['endpoint: moved INBOX > Work plan', 'endpoint: removed INBOX gone'])

  const { person } = world
  person.moveAsMutt(person.find(['Work'], 'plan'), ['INBOX'])
  person.deliver(['Work'], letter('mine'))
  there.deliver(['INBOX'], letter('theirs'))
  await world.status()
  await world.sync()
  assert.deepEqual(await last(world), [
    'endpoint: new INBOX theirs',
    'here: moved Work > INBOX plan',
    'here: new Work mine',
  ])
  person.remove(person.find(['Work'], 'mine'))
  await world.kill('SIGTERM')
  const failed = (await runs(world)).length
  await world.sync(['--give-up-after', '1s'], { code: 5 })
  assert.equal((await runs(world)).length, failed, 'nothing has gone up')
  await world.restart()
  await world.sync()
  assert.deepEqual(await last(world), ['here: removed Work mine'])

  appendFileSync(log, '{"torn')
  const shown = await world.command(['log', '--limit', '2', '--data', world.data])
  assert.match(
    shown.stdout,
    /^\d{4}-\d\d-\d\d \d\d:\d\d {2}default\n {2}removed here +[0-9a-f]{12} {2}Work {2}Ann: mine\n\d{4}.*\n(?: {2}.*\n)*? {2}went up .*\n/,
  )
  assert.equal((await runs(world, ['--limit', '2'])).length, 2)
})
