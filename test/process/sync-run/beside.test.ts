import assert from 'node:assert/strict'
import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { letter } from '../../world/letter.js'
import { type JsonEvent, lastEvent, type Program } from '../../world/process/program.js'
import { type Cleanup, makeWorld, type World } from '../../world/process/world.js'

/** Beside a sync that runs for long: what only looks works as ever, and what a person wants is taken down. */

const line = { bitsPerSecond: 40_000, delayMs: 20 }

/** A mail with one attachment that doesn't compress. */
function mail(subject: string, bytes: number): Uint8Array {
  const seed = Array.from(subject).reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7)
  return letter(subject, { text: `See ${subject}.`, attachments: [{ bytes, seed, name: `${subject}.png` }] })
}

interface Message {
  readonly subject: string
  readonly parts: readonly { readonly name: string; readonly state: string }[]
}

async function waiting(world: World): Promise<Map<string, Message['parts'][number]>> {
  const { messages } = await run(world, ['waiting', '--all'])
  return new Map(
    (messages as Message[]).flatMap(({ subject, parts }) => parts.map((part) => [subject, part])),
  )
}

async function run(world: World, args: readonly string[], code = 0): Promise<JsonEvent> {
  const result = await world.run(args)
  assert.equal(result.code, code, `${args.join(' ')}: ${result.stdout}${result.stderr}`)
  return lastEvent(result)
}

const isWhole = (world: World, subject: string): boolean =>
  !Buffer.from(world.person.read(world.person.find(['INBOX'], subject)))
    .toString()
    .includes('X-Packetboat-Partial')

/** Attachments of old mail are deferred, and a sync brings new mail, until the line is held: it goes on when that is released. */
async function busyWorld(
  t: Cleanup,
): Promise<{ readonly world: World; readonly running: Program; readonly release: () => void }> {
  const world = await makeWorld(t, { mail: [], line })
  appendFileSync(join(world.data, 'client.toml'), '\nattachments = "10k"\n')
  const inbox = world.server.person
  for (const subject of ['chart', 'plan', 'song']) inbox.deliver(['INBOX'], mail(subject, 12_000))
  await world.sync()
  for (let at = 0; at < 8; at++) inbox.deliver(['INBOX'], mail(`new${at}`, 9000))
  const held = world.line?.holdAfter(20_000)
  const running = world.startSync(['--stall', '10min'])
  await running.event('progress')
  const release = await held
  assert.ok(release)
  return { world, running, release }
}

test('what is asked for while a sync runs is taken down at once, and that sync brings it', async (t) => {
  const { world, running, release } = await busyWorld(t)
  const known = await waiting(world)
  const name = (subject: string): string => known.get(subject)?.name ?? ''
  const later = await world.command(['fetch', '--later', name('chart'), '--data', world.data])
  assert.equal(later.stdout, '1 part (12 kB) comes with the sync that runs now, or the next one.\n')
  const now = await world.command(['fetch', name('plan'), '--data', world.data])
  assert.equal(now.code, 4)
  assert.equal(now.stdout, '1 part (12 kB) comes with the sync that runs now, or the next one.\n')
  assert.match(
    now.stderr,
    /^packetboat: Another packetboat is running here: process \d+ .*\n {2}Your request is saved: /,
  )
  assert.equal((await run(world, ['waiting', '--never', name('song')]))['running'], true)
  const said = await waiting(world)
  assert.deepEqual(
    ['chart', 'plan', 'song'].map((subject) => said.get(subject)?.state),
    ['wanted', 'wanted', 'never'],
  )
  const patient = world.start(['fetch', '--wait', '1000', name('chart')])
  await patient.event('wanted')
  release()
  const done = await running.ended
  assert.equal(done.code, 0, done.stdout)
  assert.deepEqual(
    ['chart', 'plan', 'song'].map((subject) => isWhole(world, subject)),
    [true, true, false],
  )
  // It has come while this one waited: the line is left alone.
  assert.equal(lastEvent(await patient.ended).event, 'fetched')
  assert.equal((await waiting(world)).get('song')?.state, 'never')
})

test('what was asked for while a sync ran is there when that sync was killed, for the next one', async (t) => {
  const { world, running, release } = await busyWorld(t)
  const known = await waiting(world)
  await run(world, ['waiting', '--take', known.get('chart')?.name ?? ''])
  await running.kill('SIGKILL')
  release()
  assert.equal((await waiting(world)).get('chart')?.state, 'wanted')
  const later = await world.command(['fetch', '--later', known.get('plan')?.name ?? '', '--data', world.data])
  assert.equal(later.stdout, '1 part (12 kB) comes with the next sync.\n')
  await world.sync()
  assert.deepEqual([isWhole(world, 'chart'), isWhole(world, 'plan')], [true, true])
})

test('whatever only looks works while a sync runs, and does not disturb it', async (t) => {
  const { world, running, release } = await busyWorld(t)
  const looks = [
    ['status'],
    ['waiting'],
    ['mailboxes'],
    ['links'],
    ['usage'],
    ['conflicts'],
    ['duplicates'],
    ['expunged'],
    ['config', 'show'],
  ]
  for (const args of looks) await run(world, args)
  assert.equal((await world.status())['running'], true)
  // What changes the account waits for its turn.
  const pairing =
    /^endpoint = "(.*)"$/m.exec(readFileSync(join(world.data, 'client.toml'), 'utf8'))?.[1] ?? ''
  for (const args of [
    ['sync'],
    ['duplicates', 'INBOX', '--fold', '--yes'],
    ['expunged', '--restore', 'all'],
    ['init', pairing, '--again', '--no-check'],
  ])
    assert.equal((await run(world, args, 4))['code'], 'LOCKED')
  release()
  const done = await running.ended
  assert.equal(done.code, 0, done.stdout)
  assert.equal((await world.status())['running'], false)
  world.assertInStep({ standIns: true })
})
