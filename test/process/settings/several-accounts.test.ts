import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeHousehold, ofAccounts } from '../../world/process/household.js'
import { eventsOf, lastEvent } from '../../world/process/program.js'

test('several accounts of one machine are set up, synced, shown and counted together, or one of them', async (t) => {
  const { run, pair, deliver, config, files, home } = await makeHousehold(t)
  await run(['init', await pair('me')])
  const work = await pair('work')
  assert.match((await run(['init', work], 3)).stderr, /init --account NAME/)
  await run(['init', '--account', 'work', work])
  assert.match(readFileSync(config, 'utf8'), /\n\[account\.work\]\nendpoint = /)
  const again = await run(['init', '-a', 'club', work, '--maildir', join(home, 'club')], 3)
  assert.match(again.stderr, /account "work" uses this pairing string already/)
  assert.deepEqual(ofAccounts(await run(['sync', '--json']), 'synced'), ['default', 'work'])
  assert.deepEqual([files('Maildir'), files('Maildir-work')], [['for-me'], ['for-work']])
  for (const command of ['mailboxes', 'links']) {
    assert.match(
      (await run([command])).stdout,
      /^With -a NAME it shows another account of this machine: work\.$/m,
    )
    assert.doesNotMatch((await run([command, '-a', 'work'])).stdout, /another account/)
  }
  assert.deepEqual(ofAccounts(await run(['list', '--json']), 'list'), ['default', 'work'])
  const [inWork] = lastEvent(await run(['search', 'for', '-a', 'work', '--json']))['messages'] as {
    name: string
  }[]
  assert.match((await run(['read', inWork?.name ?? ''])).stdout, /^Subject: for-work$/m)
  assert.match((await run(['read', '000000000000'], 1)).stderr, /There is no message/)
  assert.match((await run(['log'])).stdout, /^work:\n.*\n {4}came .* for-work$/m)
  assert.deepEqual(ofAccounts(await run(['status', '--json']), 'status'), ['default', 'work'])
  assert.deepEqual(ofAccounts(await run(['waiting', '--json']), 'waiting'), ['default', 'work'])
  const rows = lastEvent(await run(['usage', '--by', 'account', '--json']))['rows'] as { name: string }[]
  assert.deepEqual(
    rows.map(({ name }) => name),
    ['default', 'work'],
  )
  deliver('me', 'more-for-me')
  deliver('work', 'more-for-work')
  await run(['sync', '-a', 'work', 'INBOX'])
  assert.deepEqual([files('Maildir').length, files('Maildir-work').length], [1, 2])
  // What waits to go up goes first.
  writeFileSync(join(home, 'Maildir-work/new/mine'), 'Subject: mine\n\nmine\n')
  await run(['status'])
  assert.deepEqual(ofAccounts(await run(['sync', '--json']), 'synced'), ['work', 'default'])
  assert.match((await run(['sync', '-a', 'club'], 1)).stderr, /no account "club".*\n.*default, work/)
  await run(['config', 'check'])
})

test('what goes wrong with one account stops no other, and a budget is for all of them', async (t) => {
  const { run, pair, config, files } = await makeHousehold(t)
  await run(['init', '-a', 'gone', '--no-check', await pair('me', '127.0.0.1:1')])
  await run(['init', '-a', 'work', await pair('work')])
  writeFileSync(config, `${readFileSync(config, 'utf8')}\n[account.broken]\nmaxBytes = "many"\n`)
  const sync = ['sync', '--json', '--give-up-after', '0']
  const result = await run(sync, 5)
  assert.deepEqual(ofAccounts(result, 'synced'), ['work'])
  assert.deepEqual(
    eventsOf(result.stdout)
      .filter(({ event }) => event === 'error')
      .map(({ code, account }) => [code, account]),
    [
      ['LINK_FAILED', 'gone'],
      ['CONFIG', 'broken'],
    ],
  )
  assert.deepEqual(files('Maildir-work'), ['for-work'])
  assert.match((await run(['mailboxes'], 2)).stderr, /Which account\?\n.*gone, work, broken/)
  assert.match((await run(['config', 'check'], 3)).stderr, /packetboat\.toml:\d+: maxBytes/)
})

test('the limits of a run are for all accounts together', async (t) => {
  const { run, pair, deliver, home } = await makeHousehold(t)
  await run(['init', await pair('me')])
  await run(['init', '-a', 'work', await pair('work')])
  await run(['sync'])
  const noise = randomBytes(30_000).toString('base64')
  for (const account of ['me', 'work']) deliver(account, `big-for-${account}`, noise)
  const spent = async (args: readonly string[], code: number): Promise<number> => {
    const before = await total()
    const { stderr } = await run(['sync', ...args], code)
    if (code === 11) assert.match(stderr, /budget|used up/)
    return (await total()) - before
  }
  const total = async (): Promise<number> => {
    const { total } = lastEvent(await run(['usage', '--json'])) as unknown as {
      total: { up: number; down: number }
    }
    return total.up + total.down
  }
  assert.ok((await spent(['--max-bytes', '12k'], 11)) <= 12_000)
  assert.ok((await spent(['--max-bytes', '42k'], 11)) <= 42_000)
  await spent([], 0)
  for (const maildir of ['Maildir', 'Maildir-work']) {
    const all = ['new', 'cur'].flatMap((folder) =>
      readdirSync(join(home, maildir, folder)).map((name) =>
        readFileSync(join(home, maildir, folder, name), 'utf8'),
      ),
    )
    assert.equal(all.filter((text) => text.includes(noise)).length, 1)
  }
})

test('an account gets no name and no Maildir that would harm another one, and nothing is written then', async (t) => {
  const { run, pair, config, home } = await makeHousehold(t)
  await run(['init', await pair('me')])
  await run(['init', '-a', 'work', await pair('work')])
  const before = readFileSync(config, 'utf8')
  const other = await pair('work')
  for (const name of ['a b', '../x', '', 'x"y', 'con/work', '__proto__', '*', '.', '..', 'x'.repeat(65)])
    assert.match((await run(['init', `--account=${name}`, other], 2)).stderr, /--account/)
  assert.match((await run(['init', '-a', 'WORK', other], 3)).stderr, /account "work" already/)
  symlinkSync(join(home, 'Maildir-work'), join(home, 'link'))
  for (const maildir of ['Maildir', 'Maildir-work', 'link', 'link/'])
    assert.match(
      (await run(['init', '-a', 'club', other, '--maildir', join(home, maildir)], 3)).stderr,
      /is the Maildir of the account "(?:default|work)"/,
    )
  assert.equal(readFileSync(config, 'utf8'), before)
  writeFileSync(config, before.replace(/maildir = ".*Maildir-work"/, `maildir = "${home}/link"`))
  await run(['config', 'check'])
  writeFileSync(config, `${before}\n[account.club]\nmaildir = "${home}/link"\n`)
  assert.match((await run(['config', 'check'], 3)).stderr, /have the same Maildir/)
  writeFileSync(config, `${before}\n[account.club]\n`)
  assert.match((await run(['config', 'check'], 3)).stderr, /"club" has no endpoint\.\n.*init -a club$/m)
  writeFileSync(config, `${before}\n[acount.club]\nmaildir = "x"\n`)
  assert.match((await run(['config', 'check'], 3)).stderr, /Did you mean "account"/)
})

test('advice names the account that it is for, and deletions are allowed for one account at a time', async (t) => {
  const { run, pair, home } = await makeHousehold(t)
  await run(['init', await pair('me')])
  await run(['init', '-a', 'work', await pair('work')])
  for (let n = 0; n < 12; n++) writeFileSync(join(home, `of-work/new/${n}`), `Subject: ${n}\n\n${n}\n`)
  await run(['sync'])
  for (const folder of ['new', 'cur'])
    for (const name of readdirSync(join(home, 'Maildir-work', folder)))
      rmSync(join(home, 'Maildir-work', folder, name))
  for (const args of [['sync'], ['sync', '-a', 'work']]) {
    const { stderr } = await run(args, 10)
    assert.match(stderr.replace(/\s+/g, ' '), /packetboat sync -a work --allow-expunge "INBOX"/)
    assert.match(
      stderr.replace(/\s+/g, ' '),
      /packetboat conflicts -a work, then packetboat settle -a work NUMBER/,
    )
  }
  assert.match((await run(['sync', '--allow-expunge', 'INBOX'], 2)).stderr, /-a with one of default, work/)
  const errors = eventsOf((await run(['sync', '--json'], 10)).stdout).filter(({ event }) => event === 'error')
  assert.deepEqual(
    errors.map(({ account, code }) => [account, code]),
    [['work', 'GUARD']],
  )
  await run(['sync', '-a', 'work', '--allow-expunge', 'INBOX'])
})
