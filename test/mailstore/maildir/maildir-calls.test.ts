import assert from 'node:assert/strict'
import callbacks, { mkdirSync, writeFileSync } from 'node:fs'
import fs from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
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

/** Counts what other threads are asked for, which takes longer than most of what they do. */
function countHandedOver(): { readonly calls: string[]; readonly stop: () => void } {
  const calls: string[] = []
  const real = { ...fs }
  const { open, write, fsync } = callbacks
  for (const call of ['open', 'rename', 'lstat', 'stat', 'unlink', 'mkdir'] as const)
    Object.assign(fs, {
      [call]: (...args: unknown[]) => {
        calls.push(call)
        return Reflect.apply(real[call], fs, args)
      },
    })
  for (const work of [open, write, fsync])
    Object.assign(callbacks, {
      [work.name]: (...args: unknown[]) => {
        calls.push(work.name)
        return Reflect.apply(work, callbacks, args)
      },
    })
  syncBuiltinESMExports()
  const stop = (): void => {
    Object.assign(fs, real)
    Object.assign(callbacks, { open, write, fsync })
    syncBuiltinESMExports()
  }
  return { calls, stop }
}

test('a message is written by five calls that other threads do', async (t) => {
  const root = join(makeFolder(t), 'mail')
  makeMailbox(root)
  const store = await openTree(root)
  const message = { guid: '0'.repeat(32), flags: ['\\Seen'], internalDateMs: 1_700_000_000_000 }
  async function* content(): AsyncGenerator<Uint8Array> {
    for (const line of ['Subject: hello\n', '\n', 'Here I am.\n']) yield Buffer.from(line)
  }
  const { calls, stop } = countHandedOver()
  t.after(stop)
  const { locator } = await store.put(['INBOX'], message, content())
  stop()
  assert.deepEqual(calls, ['lstat', 'open', 'write', 'fsync', 'rename'])
  const { size, internalDateMs } = await store.open(['INBOX'], locator)
  assert.deepEqual({ size, internalDateMs }, { size: 27, internalDateMs: message.internalDateMs })
})
