import assert from 'node:assert/strict'
import { createHook } from 'node:async_hooks'
import { randomBytes } from 'node:crypto'
import { readdirSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openContent } from '../../../src/mailstore/maildir/file-content.js'
import { makeFolder } from './maildir-tree.js'

for (const size of [0, 1, 65_535, 65_536, 65_537, 200_000])
  test(`a file of ${size} bytes reads the same at every offset, also once its name is gone`, async (t) => {
    const path = join(makeFolder(t), 'mail')
    const bytes = randomBytes(size)
    writeFileSync(path, bytes)
    const content = await openContent(path)
    unlinkSync(path)
    assert.equal(content.size, size)
    for (const [offset, length] of [
      [0, size],
      [0, 1e9],
      [1, 10],
      [size - 1, 1],
      [size, 10],
      [size + 10, 10],
      [65_530, 20],
    ] as const) {
      if (offset < 0) continue
      const read = await content.read(offset, length)
      assert.equal(Buffer.compare(read, bytes.subarray(offset, offset + length)), 0, `${offset}+${length}`)
      read.fill(0)
    }
    await content.close()
  })

test('a mail of usual size is read as it stood at once: nothing that is written into its file meanwhile mixes with it', async (t) => {
  const path = join(makeFolder(t), 'mail')
  writeFileSync(path, 'a'.repeat(5000))
  const content = await openContent(path)
  assert.equal(Buffer.from(await content.read(0, 4)).toString(), 'aaaa')
  writeFileSync(path, 'b'.repeat(5000))
  assert.equal(Buffer.from(await content.read(4990, 100)).toString(), 'a'.repeat(10))
  truncateSync(path, 10)
  assert.equal((await content.read(0, 5000)).length, 5000)
  await content.close()
})

test('several who read at once get each their own', async (t) => {
  const path = join(makeFolder(t), 'mail')
  writeFileSync(path, Buffer.from(Array.from({ length: 256 }, (_, i) => i)))
  const content = await openContent(path)
  const read = await Promise.all(Array.from({ length: 256 }, (_, i) => content.read(i, 1)))
  assert.deepEqual(
    read.map(([byte]) => byte),
    Array.from({ length: 256 }, (_, i) => i),
  )
  await content.close()
})

test('a file is closed once, after what is being read of it, and gives nothing afterwards', async (t) => {
  const path = join(makeFolder(t), 'mail')
  writeFileSync(path, 'a'.repeat(100_000))
  const open = (): number => readdirSync('/proc/self/fd').length
  const before = open()
  const content = await openContent(path)
  assert.equal(open(), before + 1)
  const reading = content.read(0, 100_000)
  await content.close()
  assert.equal(Buffer.from(await reading).toString(), 'a'.repeat(100_000))
  assert.equal(open(), before)
  const other = await openContent(path)
  await content.close()
  await assert.rejects(content.read(70_000, 10), { code: 'MESSAGE_UNREADABLE' })
  assert.equal((await other.read(70_000, 10)).length, 10)
  await other.close()
})

test('what the system knows of an open file is asked in this thread, and so is its end: two calls of four', async (t) => {
  const path = join(makeFolder(t), 'mail')
  writeFileSync(path, 'a'.repeat(5000))
  const asked: string[] = []
  const hook = createHook({ init: (_id, type) => void (type.startsWith('FS') && asked.push(type)) })
  hook.enable()
  const content = await openContent(path)
  await content.read(0, 100)
  await content.read(4000, 100)
  await content.close()
  hook.disable()
  assert.deepEqual(asked, ['FSREQCALLBACK', 'FSREQCALLBACK'])
})
