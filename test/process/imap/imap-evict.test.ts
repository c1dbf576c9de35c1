import assert from 'node:assert/strict'
import { readdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { OddServer } from '../../mailstore/odd-imap/odd-imap-server.js'
import { modseqs, oddMail, plain } from '../../mailstore/odd-imap/odd-imap-world.js'
import { describeRun, lastEvent, type RunResult } from '../../world/process/program.js'
import { type ImapDevice, serveImap } from './imap-served.js'

/** Mail leaves the disk of a device whose mail is on an IMAP server: nothing goes from there, and all else works as before. */

/** What a test looks at, nobody has read. */
function unread(path: string): string {
  const { atime, mtime } = statSync(path)
  const text = readFileSync(path, 'latin1')
  utimesSync(path, atime, mtime)
  return text
}

const here = ({ maildir }: ImapDevice): Map<string, string> =>
  new Map(
    ['cur', 'new'].flatMap((each) =>
      readdirSync(join(maildir, each)).map((name): [string, string] => {
        const file = join(maildir, each, name)
        return [/^Subject: (.*)$/m.exec(unread(file))?.[1]?.trim() ?? '', file]
      }),
    ),
  )

const subjects = (device: ImapDevice): string => [...here(device).keys()].sort().join('')

function wentWell(what: string, result: RunResult): RunResult {
  assert.equal(result.code, 0, describeRun([what], result))
  return result
}

const imapDate = (ms: number): string => {
  const [, day, month, year] = new Date(ms).toUTCString().split(' ')
  return `"${day}-${month}-${year} 10:00:00 +0000"`
}

for (const [extensions, words] of [
  [plain, 'without mod-sequences'],
  [modseqs, 'with mod-sequences'],
] as const)
  test(`of an account on an IMAP server ${words}, mail leaves a disk and comes back`, async (t) => {
    const server = await OddServer.start({ extensions })
    t.after(() => server.close())
    for (const [at, subject] of [...'abcdef'].entries())
      server.add('INBOX', oddMail(subject), {
        flags: ['\\Seen'],
        date: imapDate(Date.now() - (at < 3 ? 500 - at : 9 - at) * 86_400_000),
      })
    const there = (): string =>
      (server.box('INBOX')?.messages ?? [])
        .map(({ bytes }) => /^Subject: (.*)$/m.exec(bytes)?.[1]?.trim() ?? '')
        .sort()
        .join('')
    const served = await serveImap(t, { me: server.port })
    const device = await served.addDevice('me')
    const sync = async (): Promise<unknown> => wentWell('sync', await device.sync().ended)
    await sync()
    wentWell('keep', await device.run('config', 'set', 'keep', '90 days'))
    await sync()
    assert.equal(subjects(device), 'abcdef')
    const left = lastEvent(wentWell('evict', await device.run('evict')))
    assert.deepEqual([left['evicted'], left['stays']], [3, {}])
    for (let i = 0; i < 2; i++) await sync()
    assert.deepEqual([subjects(device), there()], ['def', 'abcdef'])

    // Mail that either side deleted is restored. That brings back no mail that has left the disk.
    rmSync(here(device).get('d') ?? '')
    await sync()
    assert.deepEqual([subjects(device), there()], ['ef', 'abcef'])
    const box = server.box('INBOX')
    box?.remove(box.messages.filter(({ bytes }) => /^Subject: [be]/m.test(bytes)))
    await sync()
    assert.deepEqual([subjects(device), there()], ['f', 'acf'])
    wentWell('--restore', await served.run('expunged', '--account', 'me', '--restore', 'all'))
    assert.equal(
      lastEvent(wentWell('--restore', await device.run('expunged', '--restore', 'all')))['messages'],
      1,
    )
    for (let i = 0; i < 2; i++) await sync()
    assert.deepEqual([subjects(device), there()], ['def', 'acdef'])
    wentWell('keep', await device.run('config', 'unset', 'keep'))
    for (let i = 0; i < 2; i++) await sync()
    assert.deepEqual([subjects(device), there()], ['acdef', 'acdef'])
  })
