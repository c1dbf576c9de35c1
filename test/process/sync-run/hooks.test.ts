import assert from 'node:assert/strict'
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeMail } from '../../../fixtures/make-mail.js'
import { letter } from '../../world/letter.js'
import { eventsOf, lastEvent } from '../../world/process/program.js'
import { makeWorld, type World } from '../../world/process/world.js'

const mail = makeMail({ seed: 14, messages: 4 })

/** Hooks as lines of TOML. */
function setHooks(world: World, lines: readonly string[]): void {
  appendFileSync(join(world.data, 'client.toml'), `\n[hooks]\n${lines.join('\n')}\n`)
}

/** A shell command as an array, for TOML. */
const sh = (command: string): string => JSON.stringify(['sh', '-c', command])

test('a hook that says no stops a sync before the line is used', async (t) => {
  const world = await makeWorld(t, { mail, line: { bitsPerSecond: Number.POSITIVE_INFINITY, delayMs: 0 } })
  setHooks(world, [`beforeSync = ${sh('echo not now >&2; exit 3')}`])
  const before = world.line?.counters.up
  const refused = await world.run(['sync'])
  const { code, message } = lastEvent(refused) as unknown as { code: string; message: string }
  assert.deepEqual([refused.code, code], [12, 'HOOK'])
  assert.match(message, /beforeSync .*ended with 3: not now/)
  assert.equal(world.line?.counters.up, before)
  assert.deepEqual(lastEvent(await world.run(['usage']))['rows'], [])
})

test('hooks hear what came where, and the data directory is free by then', async (t) => {
  const world = await makeWorld(t, { mail })
  await world.sync()
  const said = join(world.root, 'said')
  const note = 'printf "%s %s %s %s [%s]\\n" "$PB_HOOK" "$PB_EXIT" "$PB_NEW" "$PB_CHANGED" "$PB_MAILBOXES"'
  const binary = join(process.cwd(), 'bin/packetboat')
  setHooks(world, [
    `beforeSync = ${sh(`${note} >> ${said}`)}`,
    `newMail = ${sh(`(${note}; cat) >> ${said}`)}`,
    `afterSync = ${sh(`${process.execPath} ${binary} status --data ${world.data} >> ${said}`)}`,
  ])
  world.server.person.deliver(['INBOX'], letter('one'))
  world.server.person.makeMailbox(['Work'])
  world.server.person.deliver(['Work'], letter('two'))
  await world.sync()
  const [before, first, second, json, synced, status] = readFileSync(said, 'utf8').split('\n')
  assert.equal(before, 'beforeSync    []')
  assert.deepEqual([first, second], ['newMail 0 2 0 [INBOX', 'Work]'])
  const told = JSON.parse(json ?? '') as { hook: string; mailboxes: Record<string, { messages: number }> }
  assert.equal(told.hook, 'newMail')
  assert.deepEqual([told.mailboxes['INBOX']?.messages, told.mailboxes['Work']?.messages], [1, 1])
  assert.match(synced ?? '', /^Last synced/)
  assert.match(status ?? '', /^6 messages in/)
  await world.sync()
  assert.equal(readFileSync(said, 'utf8').match(/newMail/g)?.length, 2, 'in one line and its JSON')
})

for (const signal of ['SIGINT', 'SIGHUP'] as const)
  test(`a sync that ${signal} stops runs afterSync, which may hang up, and no other hook`, async (t) => {
    // A slow line that is held in the middle of a text: the sync can't end before it is stopped.
    const many = makeMail({ seed: 11, messages: 25, attachments: { share: 0.2, scale: 0.1 } })
    const world = await makeWorld(t, { mail: many, line: { bitsPerSecond: 40_000, delayMs: 20 } })
    const said = join(world.root, 'said')
    const note = sh(`echo "$PB_HOOK $PB_EXIT" >> ${said}`)
    setHooks(world, [`newMail = ${note}`, `afterSync = ${note}`])
    const held = world.line?.holdAfter(6000)
    const running = world.startSync(['--stall', '10min'])
    const release = await held
    const { code } = await running.kill(signal)
    release?.()
    assert.equal(code, 130)
    assert.equal(readFileSync(said, 'utf8'), 'afterSync 130\n')
  })

test('a hook that fails behind a sync is complained of, and the sync stands', async (t) => {
  const world = await makeWorld(t, { mail })
  const late = join(world.root, 'late')
  setHooks(world, [
    `newMail = { command = ["sh", "-c", "sleep 100; touch ${late}"], timeout = "200 ms" }`,
    'afterSync = ["no-such-program"]',
  ])
  const { code, stdout } = await world.run(['sync'])
  assert.equal(code, 0)
  const warnings = eventsOf(stdout).filter(({ event }) => event === 'warning')
  assert.match(String(warnings[0]?.['message']), /newMail .*gave no answer in 0\.2 s/)
  assert.match(String(warnings[1]?.['message']), /afterSync .*can't be run/)
  assert.ok(!existsSync(late))
  world.assertInStep({ standIns: true })
})

test('a wrong hook is an error with its line before anything is done', async (t) => {
  const world = await makeWorld(t, { mail })
  setHooks(world, ['afterSnyc = ["true"]'])
  const { code, stdout } = await world.run(['sync'])
  assert.equal(code, 3)
  assert.match(stdout, /client\.toml:\d+: there is no setting .*afterSync/)
})
