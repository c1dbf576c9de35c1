import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { makeFolder, makeMailbox, openTree } from './maildir-tree.js'
import { pretendDisk } from './pretended-disk.js'

test('opening a tree reads names alone; a list looks at four times of a mailbox, and opens the list of UIDs that is there', async (t) => {
  const root = join(makeFolder(t), 'mail')
  mkdirSync(root)
  const boxes = Array.from({ length: 20 }, (_, n) => join(root, `.Box${n}`))
  for (const folder of [root, ...boxes]) makeMailbox(folder)
  const guid = '0123456789abcdef'.repeat(2)
  writeFileSync(join(root, '.Box7', 'dovecot-uidlist'), `3 V1500000000 N1 G${guid}\n`)
  const calls: string[] = []
  t.after(
    pretendDisk(root, (call, path) => {
      if (path.includes('/.Box')) calls.push(`${call} ${basename(path)}`)
      return undefined
    }),
  )
  const store = await openTree(root)
  assert.deepEqual(
    calls.filter((call) => !call.startsWith('readdir')),
    [],
  )
  calls.length = 0
  const mailboxes = await store.mailboxes()
  const looks = calls.filter((call) => !call.startsWith('readdir'))
  assert.equal(looks.filter((call) => call.startsWith('lstat')).length, 4 * 20)
  assert.deepEqual(
    looks.filter((call) => !call.startsWith('lstat')),
    ['open dovecot-uidlist'],
  )
  assert.deepEqual(
    mailboxes.filter((mailbox) => mailbox.guid !== undefined).map(({ path, guid: found }) => [path, found]),
    [[['Box7'], guid]],
  )
})
