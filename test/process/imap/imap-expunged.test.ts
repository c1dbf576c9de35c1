import assert from 'node:assert/strict'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { OddServer } from '../../mailstore/odd-imap/odd-imap-server.js'
import { oddMail } from '../../mailstore/odd-imap/odd-imap-world.js'
import { describeRun, lastEvent, type RunResult } from '../../world/process/program.js'
import { type ImapDevice, serveImap } from './imap-served.js'

/** Messages that were deleted from an IMAP server because a device no longer showed them can be restored there. */

const files = ({ maildir }: ImapDevice, folder = ''): string[] =>
  ['cur', 'new'].flatMap((each) =>
    readdirSync(join(maildir, folder, each)).map((name) => join(maildir, folder, each, name)),
  )

function wentWell(what: string, result: RunResult): RunResult {
  assert.equal(result.code, 0, describeRun([what], result))
  return result
}

test('what a device no longer shows is kept at an endpoint with an IMAP account, and had back on its server', async (t) => {
  const server = await OddServer.start()
  t.after(() => server.close())
  for (const subject of 'abc') server.add('INBOX', oddMail(subject))
  server.add('Work', oddMail('w', 'x'.repeat(70).concat('\r\n').repeat(4000)))
  const there = (name: string): string[] =>
    (server.box(name)?.messages ?? []).map(({ bytes }) => bytes).sort()
  const before = [there('INBOX'), there('Work')]
  const served = await serveImap(t, { other: server.port, me: server.port })
  const device = await served.addDevice('me')
  const sync = async (): Promise<unknown> => wentWell('sync', await device.sync().ended)
  await sync()
  for (const file of [...files(device).slice(0, 2), ...files(device, '.Work')]) rmSync(file)
  await sync()
  assert.deepEqual([there('INBOX').length, there('Work').length], [1, 0])

  const listed = async (): Promise<{ name: string; mailbox: string }[]> =>
    lastEvent(wentWell('expunged', await served.run('expunged', '--account', 'me')))['messages'] as {
      name: string
      mailbox: string
    }[]
  const kept = await listed()
  assert.deepEqual(kept.map(({ mailbox }) => mailbox).sort(), ['INBOX', 'INBOX', 'Work'])
  // Another account on the same server has none of it.
  const others = wentWell('expunged', await served.run('expunged', '--account', 'other'))
  assert.deepEqual(lastEvent(others)['messages'], [])

  const restore = async (name: string): Promise<unknown> =>
    lastEvent(wentWell('--restore', await served.run('expunged', '--account', 'me', '--restore', name)))[
      'messages'
    ]
  const ofInbox = kept.find(({ mailbox }) => mailbox === 'INBOX')
  assert.equal(await restore(ofInbox?.name ?? ''), 1)
  assert.deepEqual([there('INBOX').length, there('Work').length], [2, 0])
  // A server that refuses has nothing forgotten here.
  server.odd.command = ({ name }) => (name === 'APPEND' ? 'NO [OVERQUOTA] full' : undefined)
  const refused = await served.run('expunged', '--account', 'me', '--restore', 'all')
  assert.notEqual(refused.code, 0)
  assert.match(String(lastEvent(refused)['message']), /full/)
  assert.equal((await listed()).length, 2)
  server.odd = {}
  assert.equal(await restore('all'), 2)
  assert.deepEqual([there('INBOX'), there('Work')], before)
  assert.deepEqual(await listed(), [])
  await sync()
  const here = files(device).map((name) => readFileSync(name, 'latin1'))
  assert.deepEqual(here.sort(), before[0])
  assert.equal(files(device, '.Work').length, 1)
})
