import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { appendFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeMail } from '../../../fixtures/make-mail.js'
import { eventsOf, lastEvent, startProgram } from '../../world/process/program.js'
import { makeWorld } from '../../world/process/world.js'

const mail = makeMail({ seed: 16, messages: 3 })

test("in cron's bare environment a sync needs no home and no variable", async (t) => {
  const world = await makeWorld(t, { mail, endpoint: 'process' })
  // The endpoint is another process: this one waits for the sync and answers nobody meanwhile.
  const sync = () =>
    spawnSync(
      'env',
      ['-i', process.execPath, join(process.cwd(), 'bin/packetboat'), 'sync', '--data', world.data],
      {
        cwd: '/',
        encoding: 'utf8',
      },
    )
  const first = sync()
  assert.deepEqual([first.status, first.stderr], [0, ''])
  assert.match(first.stdout, /^3 new\. [^\n]+\n$/)
  const second = sync()
  assert.deepEqual([second.status, second.stdout, second.stderr], [0, '', ''])
})

test('an account that cannot be written is complained of, and the mail comes all the same', async (t) => {
  const world = await makeWorld(t, { mail })
  mkdirSync(join(world.data, 'usage.jsonl'))
  const { code, stdout } = await world.run(['sync'])
  assert.equal(code, 0)
  const warnings = eventsOf(stdout).filter(({ event }) => event === 'warning')
  assert.equal(warnings.length, 1)
  assert.match(String(warnings[0]?.['message']), /missing from packetboat usage\. \S/)
  world.assertInStep({ standIns: true })
})

test('packetboat schedule shows the next runs, and packetboat run does them until it is told to stop', async (t) => {
  const world = await makeWorld(t, { mail })
  const none = await world.run(['schedule'])
  assert.deepEqual([none.code, lastEvent(none)['code']], [3, 'CONFIG'])
  appendFileSync(
    join(world.data, 'client.toml'),
    [
      '',
      '[schedule.often]',
      'at = "* * * * *"',
      'mailboxes = ["INBOX", "!Junk"]',
      'link = "vsat"',
      'maxBytes = "1 MB"',
      'maxTime = "10 min"',
      'until = "23:59"',
      'jitter = "100 ms"',
      '',
    ].join('\n'),
  )
  const shown = await world.command(['schedule', '--data', world.data])
  assert.match(
    shown.stdout,
    /^when +rule +runs\n\w{3} \d{4}-\d\d-\d\d \d\d:\d\d +often +packetboat sync --link vsat --jitter 0\.1 --max-bytes 1000000 --max-time '600000 ms' --until 23:59 -- INBOX '!Junk'\n/,
  )
  const status = await world.command(['status', '--data', world.data])
  assert.match(
    status.stdout,
    /^No sync has finished yet\. The schedule has the next one on \w{3} \d{4}-\d\d-\d\d \d\d:\d\d \(often\)\.$/m,
  )
  assert.match(
    status.stdout,
    new RegExp(`^Mail is in ${world.maildir}, and comes from 127\\.0\\.0\\.1:\\d+\\.$`, 'm'),
  )
  const watched = startProgram(['run', '--data', world.data], { home: join(world.root, 'home') })
  await watched.said(/^Next: \w{3} \d{4}-\d\d-\d\d \d\d:\d\d \(often\)\.$/m)
  await watched.kill('SIGTERM')
  const running = startProgram(['run', '--data', world.data, '--json'], { home: join(world.root, 'home') })
  assert.deepEqual((await running.event('scheduled'))['rules'], [{ name: 'often', at: '* * * * *' }])
  // At the next full minute.
  const { exit } = (await running.event('ran')) as unknown as { exit: number }
  const { code, stdout } = await running.kill('SIGTERM')
  assert.deepEqual([exit, code], [0, 0], stdout)
  const synced = eventsOf(stdout).find(({ event }) => event === 'synced')
  assert.equal(synced?.['link'], 'vsat')
})

test('an invalid time is an error with its line', async (t) => {
  const world = await makeWorld(t, { mail })
  appendFileSync(join(world.data, 'client.toml'), '\n[schedule.x]\nat = "soon"\n')
  const { code, stdout } = await world.run(['schedule'])
  assert.equal(code, 3)
  assert.match(stdout, /client\.toml:\d+: at should be a time like/)
})
