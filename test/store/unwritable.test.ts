import assert from 'node:assert/strict'
import { copyFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { hasCode } from '../../src/errors/packetboat-error.js'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.js'
import { entries, entry } from '../../testing/store.js'
import { sqliteEngines } from './engines.js'
import { mountSmallDisk, type SmallDisk } from './mounted-disk.js'
import { temporaryDirectory } from './temporary-directory.js'

/** A store on a disk that takes nothing more, opened to look: it has all that was committed, and says why it takes nothing. */

function smallDisk(t: TestContext): SmallDisk | undefined {
  const root = temporaryDirectory()
  const disk = mountSmallDisk(join(root.path, 'disk'), 1024 * 1024)
  t.after(() => {
    disk?.unmount()
    root.remove()
  })
  if (!disk) t.skip('this user may not mount a file system')
  return disk
}

function fill(disk: SmallDisk): void {
  try {
    for (let at = 0; ; at++) writeFileSync(join(disk.path, `fill-${at}`), Buffer.alloc(4096))
  } catch (error) {
    assert.match(String(error), /ENOSPC/)
  }
}

const ends = {
  'was closed': false,
  'was killed with its last commits in the log': true,
}

const unwritable = [
  { name: 'full', make: fill, code: 'DISK_FULL' },
  { name: 'read-only', make: (disk: SmallDisk) => disk.makeReadOnly(), code: 'READ_ONLY' },
] as const

for (const { name: engineName, engine } of sqliteEngines)
  for (const { name, make, code } of unwritable)
    for (const [end, killed] of Object.entries(ends))
      test(`${engineName} on a ${name} disk, where the store ${end}`, async (t) => {
        const disk = smallDisk(t)
        if (!disk) return
        // A name that means something else in a URI.
        const folder = join(disk.path, '50%20 a#b?c')
        mkdirSync(folder)
        const [path, copy] = [join(folder, 'store.db'), join(folder, 'copy')]
        const store = await openSqliteStore(path, { engine })
        await store.commit({ puts: [entry(['a'], '1')] })
        await store.commit({ puts: [entry(['b'], '2')] })
        mkdirSync(copy)
        const files = readdirSync(folder).filter((each) => each.startsWith('store'))
        if (killed) for (const each of files) copyFileSync(join(folder, each), join(copy, each))
        await store.close()
        if (killed) for (const each of files) copyFileSync(join(copy, each), join(folder, each))
        rmSync(copy, { recursive: true })
        make(disk)
        const look = await openSqliteStore(path, { engine, orToLook: true })
        try {
          assert.deepEqual(await entries(look, { prefix: [] }), [entry(['a'], '1'), entry(['b'], '2')])
          // With its log and index there, a full disk may still take something.
          if (killed && name === 'full') return
          await assert.rejects(look.commit({ puts: [entry(['c'], '3')] }), (error) => hasCode(error, code))
        } finally {
          await look.close()
        }
      })
