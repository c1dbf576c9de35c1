import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lchownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { hasCode } from '../../../src/errors/packetboat-error.js'
import type { MailStore } from '../../../src/sync/mail-store.js'
import {
  deliver,
  mailboxNames,
  makeFolder,
  makeMailbox,
  openTree,
  subjectAt,
  subjectsIn,
} from './maildir-tree.js'
import { pretendDisk } from './pretended-disk.js'

const inbox = ['INBOX']
const work = ['Work']
const guid = '0123456789abcdef0123456789abcdef'

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text)
}

/** A tree with INBOX and Work, a mail in each. */
async function makeTree(t: TestContext): Promise<{ base: string; root: string; store: MailStore }> {
  const base = makeFolder(t)
  const root = join(base, 'mail')
  for (const folder of [root, join(root, '.Work')]) {
    makeMailbox(folder)
    deliver(join(folder, 'cur', '1.a.h:2,S'), 'old')
  }
  return { base, root, store: await openTree(root) }
}

const isRoot = process.getuid?.() === 0
const needsRoot = isRoot ? false : 'needs root to give files to another user'
const stranger = 4242

/** Work done without root's right to read everything. */
async function asNobody(root: string, work: () => Promise<void>): Promise<void> {
  execFileSync('chown', ['-R', '65534:65534', join(root, '..')])
  process.setegid?.(65534)
  process.seteuid?.(65534)
  try {
    await work()
  } finally {
    process.seteuid?.(0)
    process.setegid?.(0)
  }
}

test('what is no file is named, left alone, and stops nothing: a folder, a pipe, a socket, a link that leads nowhere', async (t) => {
  const { root, store } = await makeTree(t)
  mkdirSync(join(root, 'cur', '3f'))
  execFileSync('mkfifo', [join(root, 'new', '4.pipe.h')])
  symlinkSync('/nonexistent/x', join(root, 'cur', '5.link.h:2,S'))
  const server = createServer().listen(join(root, 'cur', '6.sock.h:2,'))
  t.after(() => server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  assert.deepEqual(await subjectsIn(store, inbox), ['old'])
  const { unreadable = [] } = await store.messages(inbox)
  assert.deepEqual(unreadable.map(({ locator }) => locator).sort(), [
    '3f',
    '4.pipe.h',
    '5.link.h',
    '6.sock.h',
  ])
  assert.ok(unreadable.every(({ harmless, error }) => harmless && error.code === 'MESSAGE_UNREADABLE'))
  const said = new Map(unreadable.map(({ locator, error }) => [locator, error.message]))
  assert.match(said.get('5.link.h') ?? '', /is a symbolic link without a target/)
  assert.match(said.get('4.pipe.h') ?? '', /isn't a regular file/)
  assert.deepEqual(await store.confirmGone(inbox, ['3f', '9.gone.h']), ['9.gone.h'])
})

test('a pipe in the place of a file that was listed, or of a control file, holds nobody up', async (t) => {
  const { root, store } = await makeTree(t)
  await store.messages(inbox)
  renameSync(join(root, 'cur', '1.a.h:2,S'), join(root, 'elsewhere'))
  execFileSync('mkfifo', [join(root, 'cur', '1.a.h:2,S')])
  await assert.rejects(store.open(inbox, '1.a.h'), (error) => hasCode(error, 'MESSAGE_UNREADABLE'))
  for (const name of ['dovecot-keywords', 'dovecot-uidlist']) {
    execFileSync('mkfifo', [join(root, '.Work', name)])
    await assert.rejects(store.messages(work), (error) => hasCode(error, 'MAILBOX_UNREADABLE'))
    execFileSync('rm', [join(root, '.Work', name)])
  }
})

test('a mailbox moved to another disk with a link in its place goes on as the one it was', async (t) => {
  const { base, root, store } = await makeTree(t)
  const before = (await store.mailboxes()).find(({ path }) => path[0] === 'Work')
  renameSync(join(root, '.Work'), join(base, 'bigdisk'))
  symlinkSync(join(base, 'bigdisk'), join(root, '.Work'))
  const after = (await store.mailboxes()).find(({ path }) => path[0] === 'Work')
  assert.equal(after?.identity, before?.identity)
  assert.deepEqual(await subjectsIn(store, work), ['old'])
  await store.put(work, { guid, flags: [], internalDateMs: 0 }, bytes('x'))
  await store.setFlags(work, '1.a.h', ['\\Seen'], [])
  assert.equal(readdirSync(join(base, 'bigdisk', 'new')).length, 1)
  // The disk isn't mounted.
  renameSync(join(base, 'bigdisk'), join(base, 'unmounted'))
  assert.deepEqual(await mailboxNames(store), ['INBOX'])
  assert.equal(await store.confirmMailboxGone({ path: work, identity: before?.identity ?? '' }), false)
})

test('a link to a mailbox that is in the tree already is no second one', async (t) => {
  const { root, store } = await makeTree(t)
  symlinkSync('.Work', join(root, '.Alias'))
  symlinkSync('.', join(root, '.Loop'))
  assert.deepEqual(await mailboxNames(store), ['INBOX', 'Work'])
})

test('links are followed only where folder, link and target have one owner, and never written through', {
  skip: needsRoot,
}, async (t) => {
  const { base, root, store } = await makeTree(t)
  // The Maildir of somebody for whom root works; what she points at is not hers.
  execFileSync('chown', ['-R', `${stranger}:${stranger}`, root])
  const point = (target: string, at: string): void => {
    symlinkSync(target, join(root, at))
    lchownSync(join(root, at), stranger, stranger)
  }
  writeFileSync(join(base, 'secret'), 'of root')
  point(join(base, 'secret'), 'cur/2.link.h:2,')
  makeMailbox(join(base, 'victim'))
  deliver(join(base, 'victim', 'cur', '9.v.h:2,'), 'of the victim')
  point(join(base, 'victim'), '.Stolen')
  makeMailbox(join(root, '.Hollow'))
  rmdirSync(join(root, '.Hollow', 'cur'))
  point(join(base, 'victim', 'cur'), '.Hollow/cur')
  makeMailbox(join(root, '.Young'))
  rmdirSync(join(root, '.Young', 'new'))
  point(join(base, 'victim', 'new'), '.Young/new')
  point(join(base, 'secret'), '.Work/dovecot-keywords')
  const listing = await store.messages(inbox)
  assert.deepEqual(
    listing.messages.map(({ locator }) => locator),
    ['1.a.h'],
  )
  assert.deepEqual(
    listing.unreadable?.map(({ locator, harmless }) => [locator, harmless]),
    [['2.link.h', undefined]],
  )
  const closed = (await store.mailboxes()).filter(({ unreadable }) => unreadable).map(({ path }) => path[0])
  assert.deepEqual(closed.sort(), ['Hollow', 'Stolen', 'Work', 'Young'])
  for (const name of ['Hollow', 'Stolen', 'Work', 'Young'])
    await assert.rejects(store.messages([name]), (error) => hasCode(error, 'MAILBOX_UNREADABLE'))
  for (const [name, flags] of [
    ['Stolen', []],
    ['Hollow', ['\\Seen']],
    ['Young', []],
  ] as const)
    await assert.rejects(
      store.put([name], { guid, flags, internalDateMs: 0 }, bytes('x')),
      (error) => hasCode(error, 'MAILBOX_UNREADABLE'),
      name,
    )
  assert.deepEqual(
    ['cur', 'new', 'tmp'].map((name) => readdirSync(join(base, 'victim', name))),
    [['9.v.h:2,'], [], []],
  )
  // What she put where drafts would be has no part in writing.
  execFileSync('rm', [join(root, '.Work', 'dovecot-keywords')])
  for (const name of ['dovecot-keywords', 'dovecot-uidlist', 'subscriptions'])
    for (const folder of ['.Work', '.']) point(join(base, 'secret'), `${folder}/${name}.packetboat`)
  await store.setFlags(work, '1.a.h', ['\\Seen'], ['work'])
  await store.setSubscribed(work, false)
  assert.equal(readFileSync(join(base, 'secret'), 'utf8'), 'of root')
})

test('a mailbox without new/ or tmp/ takes part, and gets them', async (t) => {
  const { root, store } = await makeTree(t)
  rmdirSync(join(root, '.Work', 'tmp'))
  await store.put(work, { guid, flags: [], internalDateMs: 0 }, bytes('x'))
  mkdirSync(join(root, '.Old', 'cur'), { recursive: true })
  deliver(join(root, '.Old', 'cur', '1.o.h:2,S'), 'older')
  assert.deepEqual(await mailboxNames(store), ['INBOX', 'Old', 'Work'])
  assert.deepEqual(await subjectsIn(store, ['Old']), ['older'])
  const { partial, complete } = await store.messages(['Old'])
  assert.equal(partial?.code, 'MAILBOX_UNREADABLE')
  await complete?.()
  assert.deepEqual(readdirSync(join(root, '.Old')).sort(), ['cur', 'new', 'tmp'])
  assert.equal((await store.messages(['Old'])).partial, undefined)
})

test('a mailbox that has lost its cur/ is there, not all of it is seen, and nothing of it has gone', async (t) => {
  const { root, store } = await makeTree(t)
  deliver(join(root, '.Work', 'new', '2.b.h'), 'fresh')
  await store.messages(work)
  execFileSync('rm', ['-r', join(root, '.Work', 'cur')])
  assert.deepEqual(await mailboxNames(store), ['INBOX', 'Work'])
  const { partial, messages } = await store.messages(work)
  assert.equal(partial?.code, 'MAILBOX_UNREADABLE')
  assert.deepEqual(
    messages.map(({ locator }) => locator),
    ['2.b.h'],
  )
  await assert.rejects(store.confirmGone(work, ['1.a.h']), (error) => hasCode(error, 'MAILBOX_UNREADABLE'))
  await assert.rejects(store.setFlags(work, '2.b.h', [], ['\\Seen']))
  // Nothing that is written makes an empty one in its place.
  assert.ok(!existsSync(join(root, '.Work', 'cur')))
  execFileSync('rm', ['-r', join(root, '.Work', 'new'), join(root, '.Work', 'tmp')])
  assert.equal(await store.confirmMailboxGone({ path: work, identity: '' }), false)
  rmdirSync(join(root, '.Work'))
  assert.equal(await store.confirmMailboxGone({ path: work, identity: '' }), true)
})

test('what nobody may read is said to be unreadable, and only that', { skip: needsRoot }, async (t) => {
  const { root, store } = await makeTree(t)
  deliver(join(root, 'cur', '2.b.h:2,'), 'locked')
  chmodSync(join(root, 'cur', '2.b.h:2,'), 0)
  chmodSync(join(root, '.Work', 'cur'), 0)
  makeMailbox(join(root, '.Shut'))
  chmodSync(join(root, '.Shut'), 0)
  await asNobody(root, async () => {
    await assert.rejects(store.open(inbox, '2.b.h'), (error) => hasCode(error, 'MESSAGE_UNREADABLE'))
    assert.equal(await subjectAt(store, inbox, '1.a.h'), 'old')
    const shut = (await store.mailboxes()).find(({ path }) => path[0] === 'Shut')
    assert.equal(shut?.unreadable?.code, 'MAILBOX_UNREADABLE')
    assert.match(shut?.unreadable?.message ?? '', /can't be read \(EACCES\)/)
    await assert.rejects(store.messages(work), (error) => hasCode(error, 'MAILBOX_UNREADABLE'))
    await assert.rejects(store.confirmGone(work, ['1.a.h']), (error) => hasCode(error, 'MAILBOX_UNREADABLE'))
  })
  chmodSync(root, 0)
  await asNobody(root, async () => {
    await assert.rejects(store.mailboxes(), (error) => hasCode(error, 'MAILSTORE_GONE'))
  })
})

for (const errno of ['EIO', 'ESTALE', 'ELOOP', 'ENAMETOOLONG', 'EACCES'])
  test(`${errno} while a mailbox is listed is no empty mailbox, and a reader's words`, async (t) => {
    const { root, store } = await makeTree(t)
    const restore = pretendDisk(root, (call, path) =>
      call === 'readdir' && path.endsWith('.Work/cur') ? errno : undefined,
    )
    try {
      await assert.rejects(store.messages(work), (error) => {
        assert.ok(hasCode(error, 'MAILBOX_UNREADABLE'))
        assert.doesNotMatch(`${error.message} ${error.next}`, /written|space|full/)
        return true
      })
      await assert.rejects(store.confirmGone(work, ['1.a.h']))
      assert.deepEqual(await subjectsIn(store, inbox), ['old'])
    } finally {
      restore()
    }
    const blind = pretendDisk(root, (call, path) =>
      call === 'lstat' && path.endsWith('.Work') ? errno : undefined,
    )
    try {
      assert.equal(await store.confirmMailboxGone({ path: work, identity: '' }), false)
    } finally {
      blind()
    }
  })

test('files with one name but for their flags are messages each, and stay who they are when one goes', async (t) => {
  const { root, store } = await makeTree(t)
  await store.messages(inbox)
  deliver(join(root, 'cur', '1.a.h:2,RS'), 'second')
  deliver(join(root, 'cur', '1.a.h'), 'third')
  deliver(join(root, 'new', '1.a.h'), 'fourth')
  assert.deepEqual(await subjectsIn(store, inbox), ['fourth', 'old', 'second', 'third'])
  assert.equal(await subjectAt(store, inbox, '1.a.h'), 'old')
  const { messages } = await store.messages(inbox)
  assert.deepEqual(messages.map(({ flags }) => flags.join('')).sort(), ['', '', '\\Answered\\Seen', '\\Seen'])
  await store.remove(inbox, '1.a.h', ['\\Seen'])
  assert.deepEqual(await subjectsIn(store, inbox), ['fourth', 'second', 'third'])
  assert.deepEqual(await store.confirmGone(inbox, ['1.a.h']), ['1.a.h'])
})

test('twins that can not be renamed are named, not hidden', { skip: needsRoot }, async (t) => {
  const { root, store } = await makeTree(t)
  deliver(join(root, 'cur', '1.a.h:2,RS'), 'second')
  const cur = join(root, 'cur')
  await asNobody(root, async () => {
    chmodSync(cur, 0o555)
    const { messages, unreadable } = await store.messages(inbox)
    chmodSync(cur, 0o755)
    assert.deepEqual([messages.length, unreadable?.length], [1, 1])
  })
})

test('a file name that is no UTF-8 is one message, to the byte', async (t) => {
  const { root, store } = await makeTree(t)
  const names = [
    Buffer.from('7.M1.b\xfcro:2,S', 'latin1'),
    Buffer.from('8.\uf7fc.h:2,'),
    Buffer.from('9.b\xc3:2,', 'latin1'),
  ]
  names.forEach(
    (name, i) => void deliver(Buffer.concat([Buffer.from(join(root, 'cur/')), name]), `bytes${i}`),
  )
  assert.deepEqual(await subjectsIn(store, inbox), ['bytes0', 'bytes1', 'bytes2', 'old'])
  for (const { locator, flags } of (await store.messages(inbox)).messages)
    await store.setFlags(inbox, locator, flags, ['\\Flagged'])
  const now = readdirSync(join(root, 'cur'), 'buffer').map((name) => name.toString('latin1'))
  const wanted = names.map((name) => name.toString('latin1').replace(/:2,S?$/, ':2,F'))
  assert.deepEqual(now.sort(), ['1.a.h:2,F', ...wanted].sort())
})

for (const [what, skewMs] of [
  ['ahead', 600_000],
  ['behind', -600_000],
] as const)
  test(`on a disk that counts in seconds, with a clock that ours is ${what} of, what comes in the second of a look is seen`, async (t) => {
    const { root } = await makeTree(t)
    const store = await openTree(root, { now: () => Date.now() + skewMs })
    const tokenNow = async () => (await store.mailboxes()).find(({ path }) => path[0] === 'INBOX')?.token
    const setTimes = (seconds: number): void => {
      for (const name of ['cur', 'new']) utimesSync(join(root, name), seconds, seconds)
    }
    const second = Math.floor(Date.now() / 1000)
    setTimes(second)
    const { token } = await store.messages(inbox)
    deliver(join(root, 'new', '2.b.h'), 'in the same second')
    setTimes(second)
    assert.notEqual(await tokenNow(), token)
    // What was there long before needn't be read again.
    setTimes(second - 10)
    assert.equal((await store.messages(inbox)).token, await tokenNow())
    assert.deepEqual(readdirSync(join(root, 'tmp')), [])
  })
