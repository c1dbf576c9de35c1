import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { hasCode } from '../../../src/errors/packetboat-error.js'
import type { LayoutChoice } from '../../../src/mailstore/maildir/names/detect-naming.js'
import type { MailStore } from '../../../src/sync/mail-store.js'
import { deliver, mailboxNames, makeFolder, makeMailbox, openTree, subjectsIn } from './maildir-tree.js'
import { pretendDisk } from './pretended-disk.js'

const guid = '0123456789abcdef0123456789abcdef'

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(`Subject: ${text}\r\n\r\n`)
}

const latin1 = (name: string): Buffer => Buffer.from(name, 'latin1')
const utf8 = (name: string): Buffer => Buffer.from(name, 'utf8')

async function treeOf(
  t: TestContext,
  folders: readonly Buffer[],
  layout: LayoutChoice = 'auto',
): Promise<{ root: string; store: MailStore }> {
  const root = join(makeFolder(t), 'mail')
  makeMailbox(root)
  for (const folder of folders) {
    const path = Buffer.concat([Buffer.from(`${root}/`), folder])
    makeMailbox(path)
    deliver(Buffer.concat([path, Buffer.from('/cur/1.a.h:2,S')]), folder.toString('latin1'))
  }
  return { root, store: await openTree(root, { layout }) }
}

/** Folder names as other programs make them, and what they are to us. */
const odd: readonly (readonly [folder: Buffer, path: readonly string[]])[] = [
  [utf8('.R&D'), ['R&D']],
  [utf8('.Bücher'), ['Bücher']],
  [latin1('.Entw\xfcrfe'), ['Entwürfe']],
  [latin1('.half\xc3'), ['halfÃ']],
  [utf8('.INBOX'), ['INBOX (2)']],
  [utf8('.inbox'), ['inbox (2)']],
  [utf8('.INBOX.Sub'), ['INBOX', 'Sub']],
  [utf8('.A..B'), ['A', '.B']],
  [utf8('.Trailing.'), ['Trailing.']],
  [utf8('.&AGE-b'), ['&AGE-b']],
  [utf8('.&2AA-'), ['&2AA-']],
  [utf8('.Foo&'), ['Foo&']],
  [utf8('.a~b'), ['a~b']],
  [utf8('.a\tb'), ['a\tb']],
]

test('folders that we would not name so are mailboxes each, and everything works in them', async (t) => {
  const { root, store } = await treeOf(
    t,
    odd.map(([folder]) => folder),
  )
  const names = (await store.mailboxes()).map(({ path }) => path.join('/')).filter((name) => name !== 'INBOX')
  assert.deepEqual(names.sort(), odd.map(([, path]) => path.join('/')).sort())
  for (const [folder, path] of odd) {
    assert.deepEqual(await subjectsIn(store, path), [folder.toString('latin1')])
    const { locator } = await store.put(path, { guid, flags: [], internalDateMs: 0 }, bytes('ours'))
    await store.setFlags(path, locator, [], ['\\Seen'])
    await store.remove(path, '1.a.h', ['\\Seen'])
    await rejects(store.createMailbox(path), 'MAILBOX_EXISTS')
    const at = Buffer.concat([Buffer.from(`${root}/`), folder, Buffer.from('/cur')])
    assert.deepEqual(readdirSync(at), [`${locator}:2,S`])
    assert.equal(await store.confirmMailboxGone({ path, identity: '' }), false)
  }
  // A store that is opened anew, without having listed anything, knows them as well.
  assert.deepEqual((await (await openTree(root)).messages(['R&D'])).messages.length, 1)
  await store.renameMailbox(['R&D'], ['Research'])
  await store.renameMailbox(['Research'], ['R&D'])
  assert.ok(readdirSync(root).includes('.R&-D'))
  for (const path of [['Bücher'], ['Entwürfe']]) {
    const [message] = (await store.messages(path)).messages
    await store.remove(path, message?.locator ?? '', ['\\Seen'])
    await store.deleteMailbox(path)
  }
  assert.equal((await store.mailboxes()).length, odd.length - 1)
})

const rejects = (work: Promise<unknown>, code: Parameters<typeof hasCode>[1]): Promise<void> =>
  assert.rejects(work, (error) => hasCode(error, code))

test('two folders are never one mailbox: the one that we would write keeps the name', async (t) => {
  const folders = [utf8('.R&D'), utf8('.R&-D'), utf8('.B&APw-cher'), utf8('.Bücher'), latin1('.B\xfccher')]
  const { store } = await treeOf(t, folders)
  assert.deepEqual(await mailboxNames(store), [
    'Bücher',
    'Bücher (2)',
    'Bücher (3)',
    'INBOX',
    'R&D',
    'R&D (2)',
  ])
  assert.deepEqual(await subjectsIn(store, ['R&D']), ['.R&-D'])
  assert.deepEqual(await subjectsIn(store, ['R&D (2)']), ['.R&D'])
})

test('a folder that somebody renames to no modified UTF-7 is the mailbox that it was', async (t) => {
  const { root, store } = await treeOf(t, [utf8('.Work')])
  const identity = async (name: string): Promise<string | undefined> =>
    (await store.mailboxes()).find(({ path }) => path.join('/') === name)?.identity
  const before = await identity('Work')
  renameSync(join(root, '.Work'), join(root, '.R&D'))
  assert.equal(await identity('R&D'), before)
})

for (const layout of ['maildir++', 'fs'] as const)
  test(`a mailbox with a name too long for a disk has it all the same, whoever looks (${layout})`, async (t) => {
    const { root, store } = await treeOf(t, [], layout)
    const path = ['会議'.repeat(60), 'Ж'.repeat(120)]
    await store.createMailbox(path)
    await rejects(store.createMailbox(path), 'MAILBOX_EXISTS')
    await store.put(path, { guid, flags: [], internalDateMs: 0 }, bytes('long'))
    const other = await openTree(root, { layout })
    assert.deepEqual(await mailboxNames(other), ['INBOX', path.join('/')].sort())
    assert.deepEqual(await subjectsIn(other, path), ['long'])
    await other.renameMailbox(path, ['short'])
    await other.renameMailbox(['short'], path)
    assert.deepEqual(await subjectsIn(await openTree(root, { layout }), path), ['long'])
    const [message] = (await other.messages(path)).messages
    await other.remove(path, message?.locator ?? '', [])
    await other.deleteMailbox(path)
    assert.deepEqual(await mailboxNames(other), ['INBOX'])
  })

test('a disk that takes only short names gets them, and says by itself whose they are', async (t) => {
  const { root, store } = await treeOf(t, [])
  const restore = pretendDisk(root, (call, path, to) =>
    call !== 'link' && (to ?? path).split('/').some((name) => name.length > 143) ? 'ENAMETOOLONG' : undefined,
  )
  try {
    const path = ['x'.repeat(200)]
    await store.createMailbox(path)
    assert.deepEqual(await mailboxNames(await openTree(root)), ['INBOX', path.join('/')])
    await store.renameMailbox(path, ['y'.repeat(200)])
    assert.deepEqual(await mailboxNames(await openTree(root)), ['INBOX', 'y'.repeat(200)])
  } finally {
    restore()
  }
})

test('making a mailbox and subscribing to it look at no other', async (t) => {
  const { root, store } = await treeOf(t, [utf8('.One'), utf8('.Two')])
  // The first of all lists what there is, so that the rest stay subscribed.
  await store.setSubscribed(['One'], true)
  const looked: string[] = []
  const restore = pretendDisk(root, (call, path) => void looked.push(`${call} ${path}`))
  try {
    const { path, identity } = await store.createMailbox(['New'])
    await store.setSubscribed(['New'], true)
    restore()
    assert.deepEqual(path, ['New'])
    const listed = (await store.mailboxes()).find((mailbox) => mailbox.path[0] === 'New')
    assert.equal(listed?.identity, identity)
  } finally {
    restore()
  }
  assert.ok(looked.length > 0)
  assert.deepEqual(
    looked.filter((each) => each === `readdir ${root}` || /\.(?:One|Two)/.test(each)),
    [],
  )
})

test('a tree of folders within folders is known by its looks, with INBOX at its root or below it', async (t) => {
  const { root, store } = await treeOf(
    t,
    ['Work', 'Work/Sub', 'Dir/Deep', '.hidden', 'R&D', 'a.b'].map(utf8),
    'fs',
  )
  const names = ['.hidden', 'Dir/Deep', 'INBOX', 'R&D', 'Work', 'Work/Sub', 'a.b']
  assert.deepEqual(await mailboxNames(store), names)
  rmSync(join(root, '.hidden'), { recursive: true })
  const seen = await openTree(root)
  assert.deepEqual(await mailboxNames(seen), names.slice(1))
  assert.deepEqual(await subjectsIn(seen, ['Work', 'Sub']), ['Work/Sub'])
  // As mbsync has it.
  mkdirSync(join(root, 'inbox'))
  for (const name of ['cur', 'new', 'tmp']) renameSync(join(root, name), join(root, 'inbox', name))
  makeMailbox(join(root, 'inbox', 'Below'))
  const verbatim = await openTree(root)
  assert.deepEqual(await mailboxNames(verbatim), [...names.slice(1), 'INBOX/Below'].sort())
  assert.ok(!readdirSync(root).includes('cur'), 'no INBOX is made beside the one that there is')
})

test('a tree of folders within folders stays one when nothing but INBOX is left', async (t) => {
  const { root, store } = await treeOf(t, [utf8('Work')])
  assert.deepEqual(await mailboxNames(store), ['INBOX', 'Work'])
  await store.remove(['Work'], '1.a.h', ['\\Seen'])
  await store.deleteMailbox(['Work'])
  const later = await openTree(root)
  await later.createMailbox(['New', 'Box'])
  assert.ok(readdirSync(root).includes('New'))
})

test('in a tree of folders within folders one is renamed and deleted without those below it', async (t) => {
  const { root, store } = await treeOf(t, [utf8('Work'), utf8('Work/Sub')])
  await store.renameMailbox(['Work'], ['Work', 'Old'])
  assert.deepEqual(await mailboxNames(store), ['INBOX', 'Work/Old', 'Work/Sub'])
  assert.equal(await store.confirmMailboxGone({ path: ['Work'], identity: '' }), true)
  assert.equal(await store.confirmMailboxGone({ path: ['Work', 'Old'], identity: '' }), false)
  await store.renameMailbox(['Work', 'Old'], ['Work'])
  await store.remove(['Work', 'Sub'], '1.a.h', ['\\Seen'])
  await store.deleteMailbox(['Work', 'Sub'])
  assert.deepEqual(await mailboxNames(store), ['INBOX', 'Work'])
  // A loop, and a mailbox behind a link that leads nowhere now.
  symlinkSync(root, join(root, 'Work', 'loop'))
  assert.deepEqual(await mailboxNames(store), ['INBOX', 'Work'])
  renameSync(join(root, 'Work'), join(root, '..', 'far'))
  symlinkSync(join(root, '..', 'nowhere'), join(root, 'Work'))
  assert.equal(await store.confirmMailboxGone({ path: ['Work', 'Sub'], identity: '' }), false)
})

for (const name of [
  'cur',
  'new',
  'tmp',
  'packetboat-held',
  'dovecot-uidlist',
  '..',
  '.',
  '.x',
  'maildirfolder',
])
  test(`a mailbox called ${name} is a folder of its own in a tree of folders within folders`, async (t) => {
    const { root, store } = await treeOf(t, [utf8('Work')])
    await store.createMailbox([name])
    await store.createMailbox(['Work', name])
    assert.deepEqual(await mailboxNames(store), ['INBOX', 'Work', `Work/${name}`, name].sort())
    assert.deepEqual(readdirSync(join(root, '..')), ['mail'])
    assert.deepEqual(await subjectsIn(store, ['Work']), ['Work'])
  })
