import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { callProgram } from '../../world/process/call.js'
import { describeRun, eventsOf, lastEvent, type RunResult } from '../../world/process/program.js'

function makeEndpoint(t: TestContext) {
  const home = mkdtempSync(join(tmpdir(), 'packetboat-accounts-'))
  t.after(() => rmSync(home, { recursive: true, force: true }))
  for (const name of ['A', 'B'])
    for (const part of ['cur', 'new', 'tmp']) mkdirSync(join(home, name, part), { recursive: true })
  const file = join(home, 'E/endpoint.toml')
  /** `--data` before the command, as other programs take it. */
  const run = async (args: readonly string[], code = 0): Promise<RunResult> => {
    const all = ['--data', join(home, 'E'), '--json', ...args]
    const result = await callProgram(all, { home })
    assert.equal(result.code, code, describeRun(all, result))
    return result
  }
  return { home, file, run }
}

test('a first start with several accounts remembers them all, and they can be listed and taken out again', async (t) => {
  const { home, file, run } = makeEndpoint(t)
  await run(['serve', '--check', '--account', `a=maildir:${home}/A`, '--account', `b.c=maildir:${home}/B`])
  assert.equal(eventsOf((await run(['serve', '--check'])).stdout).length, 2)
  const names = async (): Promise<unknown> =>
    (lastEvent(await run(['account', 'list']))['accounts'] as { name: string }[]).map(({ name }) => name)
  assert.deepEqual(await names(), ['a', 'b.c'])
  await run(['account', 'remove', 'b.c'])
  assert.deepEqual(await names(), ['a'])
  assert.ok(existsSync(join(home, 'B/cur')), 'its mail stays')
  assert.equal(lastEvent(await run(['account', 'remove', 'b.c'], 1))['code'], 'NOT_FOUND')
  assert.match(readFileSync(file, 'utf8'), /\[accounts\]\na = /)
})

test('a Maildir below the home is named by ~ as well, where no shell has put the path in its place', async (t) => {
  const { home, run } = makeEndpoint(t)
  await run(['serve', '--check', '--account', 'a=maildir:~/A'])
  const added = lastEvent(await run(['account', 'add', 'b', 'maildir:~/B']))
  assert.equal(added['store'], `maildir:${home}/B`)
  const rows = lastEvent(await run(['account', 'list']))['accounts'] as { store: string }[]
  assert.deepEqual(
    rows.map(({ store }) => store),
    [`maildir:${home}/A`, `maildir:${home}/B`],
  )
})

test('an account whose Maildir is not there is refused, and not remembered', async (t) => {
  const { home, file, run } = makeEndpoint(t)
  const { stdout } = await run(['serve', '--check', '--account', `a=maildir:${home}/nothing`], 8)
  assert.match(stdout, /nothing/)
  assert.ok(!existsSync(file), 'nothing was written')
  await run(['serve', '--check', '--account', `a=maildir:${home}/A`])
})

test('an account is added once its mail has been found, shown, and refused where its name is taken', async (t) => {
  const { home, file, run } = makeEndpoint(t)
  assert.equal(
    lastEvent(await run(['account', 'add', 'a', `maildir:${home}/nothing`], 8))['code'],
    'MAILSTORE_GONE',
  )
  assert.ok(!existsSync(file), 'nothing was written')
  const added = lastEvent(await run(['account', 'add', 'a', `maildir:${home}/A`]))
  assert.deepEqual(added, { event: 'added', account: 'a', store: `maildir:${home}/A` })
  assert.equal(lastEvent(await run(['account', 'add', 'A', `maildir:${home}/B`], 2))['code'], 'USAGE')
  for (const [name, mail] of [
    ['../b', `maildir:${home}/B`],
    ['b', `${home}/B`],
    ['b', 'maildir:'],
    ['b', 'imap:nobody'],
    ['b', 'imap:me@mail.example.org'],
    ['b', 'imap:me@mail.example.org:70000'],
  ] as const)
    assert.equal(lastEvent(await run(['account', 'add', name, mail], 2))['code'], 'USAGE', mail)
  await run(['account', 'add', 'b', `maildir:${home}/B`, '--password-file', 'x'], 2)
  const port = ['device', 'add', 'a', 'boat', '--address', 'mail.example.org:4190']
  await run(port)
  const shown = lastEvent(await run(['account', 'show', 'a']))
  assert.equal(shown['served'], false)
  assert.deepEqual(
    (shown['devices'] as { name: string }[]).map(({ name }) => name),
    ['boat'],
  )
  assert.equal(lastEvent(await run(['account', 'show', 'b'], 1))['code'], 'NOT_FOUND')
})

test('accounts that are added at the same time are all there, and an IMAP server that doesn’t answer is not remembered', async (t) => {
  const { home, file, run } = makeEndpoint(t)
  await Promise.all(['a', 'b', 'c'].map((name) => run(['account', 'add', name, `maildir:${home}/A`])))
  const before = readFileSync(file, 'utf8')
  for (const name of ['a', 'b', 'c']) assert.match(before, new RegExp(`^${name} = `, 'm'))
  writeFileSync(join(home, 'password'), 'secret\n')
  const imap = [
    'account',
    'add',
    'd',
    'imap:me@example.org@127.0.0.1:1',
    '--password-file',
    join(home, 'password'),
  ]
  const away = lastEvent(await run(imap, 8))
  assert.equal(away['code'], 'MAILSTORE_AWAY')
  assert.match(String(away['message']), /:1 can't be reached: nothing listens there\.$/)
  assert.match(String(away['next']), /^Nothing was changed\. Check host, port/)
  assert.equal(readFileSync(file, 'utf8'), before)
})
