import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { hasCode } from '../../../src/errors/packetboat-error.js'
import { openMaildir } from '../../../src/mailstore/maildir/maildir.js'
import type { MailStore } from '../../../src/sync/mail-store.js'

const INBOX = ['INBOX']
const guid = '0123456789abcdef0123456789abcdef'

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text)
}

async function makeTree(
  t: TestContext,
  now: () => number = Date.now,
): Promise<{ root: string; store: MailStore }> {
  const base = mkdtempSync(join(tmpdir(), 'packetboat-maildir-'))
  t.after(() => rmSync(base, { recursive: true, force: true }))
  const root = join(base, 'mail')
  const store = await openMaildir(root, {
    names: 'mutf7',
    now,
    randomBytes: (size) => randomBytes(size),
    create: true,
  })
  return { root, store }
}

const tokenOf = async (store: MailStore, name = 'INBOX'): Promise<string | undefined> =>
  (await store.mailboxes()).find(({ path }) => path.join('/') === name)?.token

test('a file that arrives in the same clock tick as the listing is seen the next time', async (t) => {
  const { root, store } = await makeTree(t)
  writeFileSync(join(root, 'new', '1.a.h'), 'x')
  const { token } = await store.messages(INBOX)
  const { mtimeMs } = statSync(join(root, 'new'))
  writeFileSync(join(root, 'new', '2.b.h'), 'y')
  utimesSync(join(root, 'new'), mtimeMs / 1000, mtimeMs / 1000)
  assert.notEqual(await tokenOf(store), token)
})

test('once its folders have rested, an unchanged mailbox keeps its token, and any change gives it another', async (t) => {
  const { root, store } = await makeTree(t, () => Date.now() + 10_000)
  writeFileSync(join(root, 'cur', '1.a.h:2,S'), 'x')
  const { token } = await store.messages(INBOX)
  assert.equal(await tokenOf(store), token)
  renameSync(join(root, 'cur', '1.a.h:2,S'), join(root, 'cur', '1.a.h:2,FS'))
  assert.notEqual(await tokenOf(store), token)
})

test('a file that only changed its flags has not vanished, and one that is gone has', async (t) => {
  const { root, store } = await makeTree(t)
  writeFileSync(join(root, 'cur', '1.a.h:2,S'), 'x')
  await store.messages(INBOX)
  renameSync(join(root, 'cur', '1.a.h:2,S'), join(root, 'cur', '1.a.h:2,RS'))
  assert.deepEqual(await store.confirmGone(INBOX, ['1.a.h', 'never.there']), ['never.there'])
  assert.ok(!existsSync(join(root, 'dovecot-uidlist.lock')))
})

test('a tree that is gone is an error, and never a list of deletions', async (t) => {
  const { root, store } = await makeTree(t)
  renameSync(root, `${root}.unmounted`)
  const message = { guid: '0'.repeat(32), flags: [], internalDateMs: 0 }
  async function* bytes() {
    yield new Uint8Array(1)
  }
  for (const attempt of [
    () => store.mailboxes(),
    () => store.messages(INBOX),
    () => store.confirmGone(INBOX, ['1']),
    () => store.put(INBOX, message, bytes()),
  ])
    await assert.rejects(attempt, (error) => hasCode(error, 'MAILSTORE_GONE'))
})

for (const path of [
  ['Entwürfe'],
  ['a.b'],
  ['a/b', 'c'],
  ['../../etc'],
  ['~root'],
  ['日本', '語'],
  ['&'],
  ['..'],
  ['x\u0000y\n'],
])
  test(`a mailbox named ${JSON.stringify(path)} is one folder in the tree and comes back under its name`, async (t) => {
    const { root, store } = await makeTree(t)
    await store.createMailbox(path)
    const found = (await store.mailboxes()).map((mailbox) => mailbox.path)
    assert.deepEqual(
      found.filter((each) => each.join() !== 'INBOX'),
      [path],
    )
    assert.equal(readdirSync(join(root, '..')).length, 1, 'nothing lies beside the tree')
    assert.equal(readdirSync(root).filter((name) => name.startsWith('.')).length, 1)
  })

test('a message is written whole, as new mail, with its date; a replacement takes its place and its flags are looked at first', async (t) => {
  const { root, store } = await makeTree(t)
  const message = { guid, flags: [], internalDateMs: 1_600_000_000_000 }
  const { locator } = await store.put(INBOX, message, bytes('stand-in'))
  const [name] = readdirSync(join(root, 'new'))
  assert.equal(name, locator)
  assert.equal(statSync(join(root, 'new', locator)).mtimeMs, 1_600_000_000_000)
  assert.equal((await store.messages(INBOX)).messages[0]?.guid, guid)
  renameSync(join(root, 'new', locator), join(root, 'cur', `${locator}:2,F`))
  await assert.rejects(store.put(INBOX, message, bytes('whole'), { locator, flags: [] }), (error) =>
    hasCode(error, 'MESSAGE_CHANGED'),
  )
  const flagged = { ...message, flags: ['\\Flagged'] }
  const { locator: fresh } = await store.put(INBOX, flagged, bytes('whole'), {
    locator,
    flags: ['\\Flagged'],
  })
  assert.notEqual(fresh, locator)
  assert.deepEqual(readdirSync(join(root, 'cur')), [`${fresh}:2,F`])
  assert.equal(readFileSync(join(root, 'cur', `${fresh}:2,F`), 'utf8'), 'whole')
  assert.deepEqual(readdirSync(join(root, 'tmp')), [])
})

test('keywords are letters through dovecot-keywords; what we do not know in a file name stays', async (t) => {
  const { root, store } = await makeTree(t)
  writeFileSync(join(root, 'dovecot-keywords'), '0 work\n3 later\n')
  writeFileSync(join(root, 'cur', '1.a.h:2,Sadz,extra'), 'x')
  const [message] = (await store.messages(INBOX)).messages
  assert.deepEqual(message?.flags, ['\\Seen', 'later', 'work'])
  await store.setFlags(INBOX, '1.a.h', ['\\Seen', 'later', 'work'], ['\\Seen', 'fresh', 'work'])
  assert.match(readFileSync(join(root, 'dovecot-keywords'), 'utf8'), /^0 work\n1 fresh\n3 later\n$/)
  assert.deepEqual(readdirSync(join(root, 'cur')), ['1.a.h:2,Sabz,extra'])
})

test('a mailbox with mail in it is not deleted, an empty one is, with what other programs left', async (t) => {
  const { root, store } = await makeTree(t)
  await store.createMailbox(['Full'])
  await store.createMailbox(['Empty'])
  writeFileSync(join(root, '.Full', 'new', '1.a.h'), 'x')
  writeFileSync(join(root, '.Empty', 'dovecot-uidlist'), 'x')
  await assert.rejects(store.deleteMailbox(['Full']), (error) => hasCode(error, 'MAILBOX_NOT_EMPTY'))
  await store.deleteMailbox(['Empty'])
  assert.ok(existsSync(join(root, '.Full', 'new', '1.a.h')))
  assert.ok(!existsSync(join(root, '.Empty')))
})

const isRoot = process.getuid?.() === 0
test('a full disk and a read-only one are said so, and leave nothing half written', {
  skip: isRoot ? false : 'needs root to mount a small disk',
}, async (t) => {
  const disk = mkdtempSync(join(tmpdir(), 'packetboat-disk-'))
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk]).status !== 0)
    return t.skip('mounting is not allowed here')
  t.after(() => {
    spawnSync('umount', [disk])
    rmSync(disk, { recursive: true, force: true })
  })
  const root = join(disk, 'mail')
  const store = await openMaildir(root, {
    names: 'mutf7',
    now: Date.now,
    randomBytes: (size) => randomBytes(size),
    create: true,
  })
  const big = (async function* () {
    for (let i = 0; i < 10; i++) yield randomBytes(65536)
  })()
  const message = { guid, flags: [], internalDateMs: 0 }
  await assert.rejects(store.put(INBOX, message, big), (error) => hasCode(error, 'DISK_FULL'))
  assert.deepEqual(
    ['cur', 'new', 'tmp'].flatMap((name) => readdirSync(join(root, name))),
    [],
  )
  spawnSync('mount', ['-o', 'remount,ro', disk])
  await assert.rejects(store.put(INBOX, message, bytes('x')), (error) => hasCode(error, 'READ_ONLY'))
})

/** Dovecot refuses to read mail as root: then it works as nobody. */
function dovecotOver(root: string): (...args: string[]) => string {
  const base = join(root, '..')
  const uid = isRoot ? 65534 : (process.getuid?.() ?? 0)
  const gid = isRoot ? 65534 : (process.getgid?.() ?? 0)
  const conf = join(base, 'dovecot.conf')
  writeFileSync(
    conf,
    `mail_location = maildir:${root}\nlog_path = /dev/stderr\nfirst_valid_uid = ${uid}\nfirst_valid_gid = ${gid}\nmail_uid = ${uid}\nmail_gid = ${gid}\nbase_dir = ${join(base, 'run')}\nnamespace inbox {\n  inbox = yes\n  separator = .\n}\n`,
  )
  mkdirSync(join(base, 'run'))
  const own = (): void => {
    if (isRoot) execFileSync('chown', ['-R', `${uid}:${gid}`, base])
  }
  return (...args) => {
    own()
    const command = isRoot
      ? ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', 'doveadm']
      : ['doveadm']
    const [program = '', ...rest] = [...command, '-c', conf, ...args]
    return execFileSync(program, rest, {
      env: { ...process.env, USER: isRoot ? 'nobody' : (process.env['USER'] ?? ''), HOME: base },
      stdio: ['ignore', 'pipe', 'inherit'],
    }).toString()
  }
}

const hasDovecot = spawnSync('doveadm', ['--version']).error === undefined
const dovecotSkip =
  hasDovecot || process.env['CI'] === 'true' ? false : 'doveadm is not installed (Debian: dovecot-imapd)'
test('keywords that are called as what every object has are keywords like any other', async (t) => {
  const { root, store } = await makeTree(t)
  const flags = ['constructor', 'toString']
  await store.put(INBOX, { guid, flags, internalDateMs: 0 }, bytes('x'))
  assert.match(readFileSync(join(root, 'dovecot-keywords'), 'utf8'), /^0 constructor\n1 toString\n$/)
  assert.deepEqual(
    (await store.messages(INBOX)).messages.map((each) => each.flags),
    [flags],
  )
})

test('a mailbox whose letters are all taken holds no further keyword, and says so', async (t) => {
  const { root, store } = await makeTree(t)
  writeFileSync(
    join(root, 'dovecot-keywords'),
    Array.from({ length: 26 }, (_, index) => `${index} k${index}\n`).join(''),
  )
  const { holds } = await store.messages(INBOX)
  assert.deepEqual(
    ['k7', 'k26', '\\Seen', '$Forwarded'].map((flag) => holds?.(flag)),
    [true, false, true, true],
  )
})

test('a real Dovecot sees our mailboxes, flags and keywords, and we see what it does', {
  skip: dovecotSkip,
}, async (t) => {
  const { root, store } = await makeTree(t)
  await store.createMailbox(['Entwürfe'])
  await store.put(
    ['Entwürfe'],
    { guid, flags: ['\\Flagged', '\\Seen', 'work'], internalDateMs: 1_600_000_000_000 },
    bytes('Subject: hello\n\nbody\n'),
  )
  await store.flush()
  const doveadm = dovecotOver(root)
  assert.match(doveadm('mailbox', 'list'), /Entwürfe/)
  const seen = doveadm('fetch', 'flags hdr.subject', 'mailbox', 'Entwürfe')
  assert.match(seen, /\\Flagged/)
  assert.match(seen, /work/)
  assert.match(seen, /hello/)
  doveadm('flags', 'add', '\\Answered later', 'mailbox', 'Entwürfe', 'all')
  const { messages } = await store.messages(['Entwürfe'])
  assert.deepEqual(messages[0]?.flags, ['\\Answered', '\\Flagged', '\\Seen', 'later', 'work'])
  const uid = /uid: (\d+)/.exec(doveadm('fetch', 'uid', 'mailbox', 'Entwürfe'))?.[1]
  await store.setFlags(['Entwürfe'], messages[0]?.locator ?? '', messages[0]?.flags ?? [], ['\\Seen'])
  assert.equal(/uid: (\d+)/.exec(doveadm('fetch', 'uid', 'mailbox', 'Entwürfe'))?.[1], uid)
})

test('a secret lies beside the mail, for its owner alone; one that is damaged is made anew', async (t) => {
  const { root, store } = await makeTree(t)
  const [first, second] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)]
  const anew = () => openMaildir(root, { names: 'mutf7', now: Date.now, randomBytes })
  assert.deepEqual(await store.keepSecret?.(first), first)
  assert.deepEqual(await (await anew()).keepSecret?.(second), first)
  const file = join(root, 'packetboat-secret')
  assert.equal(statSync(file).mode & 0o777, 0o600)
  writeFileSync(file, readFileSync(file).subarray(0, 20))
  assert.deepEqual(await (await anew()).keepSecret?.(second), second)
  assert.deepEqual(await (await anew()).keepSecret?.(first), second)
  assert.deepEqual(
    (await store.mailboxes()).map(({ path }) => path.join('/')),
    ['INBOX'],
  )
})
