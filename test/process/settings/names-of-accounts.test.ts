import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { callProgram } from '../../world/process/call.js'
import { makeHousehold, ofAccounts } from '../../world/process/household.js'
import { eventsOf, lastEvent, type RunResult } from '../../world/process/program.js'

/** What a list of all accounts names can be used by its name, whichever account it is of. */

const withAttachment = (subject: string): string =>
  [
    'From: ann@example.org',
    `Subject: ${subject}`,
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=b',
    '',
    '--b',
    'Content-Type: text/plain',
    '',
    'See the chart.',
    '--b',
    'Content-Type: application/octet-stream; name=chart',
    'Content-Transfer-Encoding: base64',
    '',
    randomBytes(60_000).toString('base64'),
    '--b--',
    '',
  ].join('\n')

/** What an event of an account lists, by the name of its field. */
function listOf<T>(result: RunResult, account: string, field: string): readonly T[] {
  const [found] = eventsOf(result.stdout).filter((each) => each['account'] === account && field in each)
  assert.ok(found, result.stdout + result.stderr)
  return found[field] as readonly T[]
}

const waitingIn = (result: RunResult, account: string): string[] =>
  listOf<{ parts: { name: string }[] }>(result, account, 'messages').flatMap(({ parts }) =>
    parts.map(({ name }) => name),
  )

test('what is missing in any account is fetched by its name, and all that matches in all of them', async (t) => {
  const { run, pair, home } = await makeHousehold(t)
  await run(['init', await pair('me'), '--attachments', '1k'])
  await run(['init', '-a', 'work', await pair('work'), '--attachments', '1k'])
  for (const account of ['me', 'work'])
    for (const each of ['one', 'two'])
      writeFileSync(join(home, `of-${account}/new/${each}`), withAttachment(`${account}-${each}`))
  await run(['sync'])
  const waiting = async (account: string): Promise<string[]> =>
    waitingIn(await run(['waiting', '--all', '--json']), account)
  const [first, second] = await waiting('work')
  const offered = lastEvent(await run(['completion', '--names', 'waiting', '--json']))['names'] as string[]
  for (const name of [...(await waiting('work')), ...(await waiting('default'))])
    assert.ok(offered.includes(name), name)
  assert.equal((await waiting('default')).length, 2)
  assert.ok(first && second)
  await run(['fetch', first])
  assert.deepEqual(await waiting('work'), [second])
  assert.match((await run(['waiting', '--never', second])).stdout, /refused/)
  assert.match((await run(['waiting', '--take', second])).stdout, /comes with the next sync/)
  const [mine] = await waiting('default')
  const later = await run(['fetch', '--later', mine ?? '', second])
  assert.match(later.stdout, /^default: 1 part .* comes with/m)
  assert.match(later.stdout, /^work: 1 part .* comes with/m)
  assert.match((await run(['fetch', '0123456789ab'], 1)).stderr, /Nothing is missing under "0123456789ab"/)
  // A mail program pipes a message without a word of the account that it is of.
  const file = readdirSync(join(home, 'Maildir-work/new'))
    .map((name) => readFileSync(join(home, 'Maildir-work/new', name), 'utf8'))
    .find((text) => text.includes('not here'))
  const piped = await callProgram(['fetch', '--later', '-'], { home, stdin: file ?? '' })
  assert.match(piped.stdout, /comes with the next sync/, piped.stderr)
  await run(['fetch', '--all'])
  assert.deepEqual([await waiting('default'), await waiting('work')], [[], []])
})

test('mail of any outbox, a conflict and a deleted message are found by their names', async (t) => {
  const { run, pair, home } = await makeHousehold(t)
  await run(['init', await pair('me')])
  await run(['init', '-a', 'work', await pair('work')])
  for (const account of ['me', 'work'])
    for (let n = 0; n < 12; n++)
      writeFileSync(join(home, `of-${account}/new/${n}`), `Subject: ${n}\n\n${account} ${n}\n`)
  await run(['sync'])
  const offered = async (kind: string): Promise<string[]> =>
    lastEvent(await run(['completion', '--names', kind, '--json']))['names'] as string[]
  const queue = async (account: string): Promise<void> => {
    const args = ['sendmail', '-a', account, '-f', 'me@example.org', 'ann@example.org']
    const { stderr, code } = await callProgram(args, {
      home,
      stdin: `From: me@example.org\nTo: ann@example.org\nSubject: by ${account}\n\nHello.\n`,
    })
    assert.equal(code, 0, stderr)
  }
  await queue('default')
  await queue('work')
  const outbox = await run(['outbox', '--json'])
  const subjects = (account: string): string[] =>
    listOf<{ subject: string }>(outbox, account, 'mail').map(({ subject }) => subject)
  assert.deepEqual([subjects('default'), subjects('work')], [['by default'], ['by work']])
  const [mail] = listOf<{ name: string }>(outbox, 'work', 'mail')
  assert.equal((await offered('outbox')).length, 2)
  assert.match((await run(['outbox', 'show', mail?.name ?? ''])).stdout, /^Subject: by work$/m)
  await run(['outbox', 'hold', mail?.name ?? ''])
  await run(['outbox', 'release', mail?.name ?? ''])
  await run(['outbox', 'cancel', mail?.name ?? ''])
  assert.match((await run(['outbox', 'cancel', mail?.name ?? ''], 1)).stderr, /no mail/i)
  const drop = (maildir: string, count: number): void => {
    for (const folder of ['new', 'cur'])
      for (const name of readdirSync(join(home, maildir, folder)).slice(0, count))
        rmSync(join(home, maildir, folder, name))
  }
  drop('Maildir-work', 20)
  await run(['sync'], 10)
  const conflicts = await run(['conflicts'])
  assert.deepEqual(await offered('conflicts'), ['1'])
  assert.match(conflicts.stdout, /^work:\n {2}1 /m)
  assert.match((await run(['settle', '7', '--keep', 'both'], 1)).stderr, /no conflict 7/)
  drop('Maildir', 20)
  await run(['sync', '-a', 'default'], 10)
  assert.match(
    (await run(['settle', '1', '--keep', 'both'], 2)).stderr,
    /Several accounts have "1": default, work\.\n.*-a with one/,
  )
  await run(['settle', '1', '--keep', 'both', '-a', 'default'])
  assert.match((await run(['settle', '1', '--keep', 'both'])).stdout, /nothing is deleted/)
  await run(['sync'])
  drop('of-work', 2)
  await run(['sync'])
  const expunged = await run(['expunged', '--json'])
  assert.deepEqual(listOf(expunged, 'default', 'messages'), [])
  assert.equal((await offered('expunged')).length, 3)
  assert.deepEqual(await offered('conflicts'), [])
  const [gone] = listOf<{ name: string }>(expunged, 'work', 'messages')
  assert.equal(lastEvent(await run(['expunged', '--restore', gone?.name ?? '', '--json']))['messages'], 1)
  assert.match((await run(['expunged', '--restore', gone?.name ?? ''], 1)).stderr, /no message/)
  assert.deepEqual(ofAccounts(await run(['problems', '--json']), 'problems'), ['default', 'work'])
  assert.deepEqual(ofAccounts(await run(['duplicates', '--json']), 'duplicates'), ['default', 'work'])
  assert.match((await run(['duplicates', 'INBOX', '--fold'], 2)).stderr, /-a with one of default, work/)
  assert.match((await run(['expunged', '--restore', 'all'], 2)).stderr, /-a with one of default, work/)
  // If no readable account has the name, the message says which account can't be read.
  const database = readdirSync(join(home, 'data'), { recursive: true, encoding: 'utf8' }).find((path) =>
    /work.*replica\.db$/.test(path),
  )
  assert.ok(database)
  writeFileSync(join(home, 'data', database), 'This is no database. '.repeat(1000))
  const unreadable = await run(['read', '0123456789ab'], 9)
  assert.match(unreadable.stderr, /^packetboat: work: .*damaged/)
  // The same at an endpoint of several accounts.
  const there = ['--data', join(home, 'endpoint'), '--json']
  assert.deepEqual(ofAccounts(await run(['conflicts', ...there]), 'conflicts'), ['me', 'work'])
  assert.deepEqual(ofAccounts(await run(['expunged', ...there]), 'expunged'), ['me', 'work'])
})
