import assert from 'node:assert/strict'
import { readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { letter } from '../../world/letter.js'
import { lastEvent } from '../../world/process/program.js'
import { makeSender } from './sender.js'

test('an outbox that cannot be read holds up no mail that comes, is named, and sends what it has once it can be', async (t) => {
  const sender = await makeSender(t)
  await sender.run(['sync'])
  assert.equal(
    await sender.sendmail(['bob@example.org'], 'From: ann@example.org\nSubject: up\n\nHello.\n'),
    0,
  )
  const outbox = join(sender.data, 'outbox')
  renameSync(outbox, `${outbox}.away`)
  writeFileSync(outbox, 'a file')
  sender.server.person.deliver(['INBOX'], letter('down'))

  const ended = await sender.run(['sync'])
  assert.equal(ended.code, 1, ended.stdout)
  assert.equal(lastEvent(ended)['code'], 'PROBLEMS')
  assert.match(
    String(lastEvent(ended)['message']),
    /^1 problem: the outbox: .*outbox can't be read \(ENOTDIR\)/,
  )
  assert.equal(readdirSync(join(sender.maildir, 'new')).length, 1)
  const problems = lastEvent(await sender.run(['problems']))['problems'] as Record<string, unknown>[]
  assert.deepEqual(
    problems.map(({ side, where, mailbox }) => [side, where, mailbox]),
    [['here', "can't be sent", 'the outbox']],
  )
  const status = await sender.run(['status'])
  assert.equal(status.code, 0, status.stdout)
  assert.equal((await sender.status())['problems'], 1)
  const listed = await sender.command(['outbox', '--data', sender.data])
  assert.match(listed.stderr, /outbox can't be read \(ENOTDIR\)\.\n.*owner and permissions/)
  assert.match(
    (await sender.command(['doctor', '--offline', '--data', sender.data])).stdout,
    /^wrong .*outbox/m,
  )

  rmSync(outbox)
  renameSync(`${outbox}.away`, outbox)
  assert.equal((await sender.sync())['problems'], 0)
  assert.deepEqual(lastEvent(await sender.run(['problems']))['problems'], [])
  assert.equal(readdirSync(outbox).filter((name) => name.endsWith('.mail')).length, 0)
})
