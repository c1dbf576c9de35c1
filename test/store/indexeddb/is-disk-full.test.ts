import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isDiskFull } from '../../../src/store/indexeddb/is-disk-full.js'

type Step = 'folder' | 'file' | 'writable' | 'write' | 'close'

/** A browser's private files, where one step fails in this way. */
function storageFailing(step: Step | undefined, name = 'QuotaExceededError') {
  let files = 0
  const fail = (now: Step): void => {
    if (now === step) throw new DOMException('', name)
  }
  const writable = {
    write: async () => fail('write'),
    close: async () => fail('close'),
  }
  const folder = {
    getFileHandle: async () => {
      fail('file')
      files++
      return {
        createWritable: async () => {
          fail('writable')
          return writable
        },
      }
    },
    removeEntry: async () => {
      if (files-- === 0) throw new DOMException('', 'NotFoundError')
    },
  }
  const storage = {
    getDirectory: async () => {
      fail('folder')
      return folder
    },
  }
  return { storage: storage as unknown as StorageManager, left: () => files }
}

describe('whether the disk is full', () => {
  for (const step of ['folder', 'file', 'writable', 'write', 'close'] as const)
    it(`is known where the ${step} says that there is no room, and no file stays`, async () => {
      const { storage, left } = storageFailing(step)
      assert.equal(await isDiskFull(storage), true)
      assert.ok(left() <= 0)
    })

  it('is known where there is no room to make the folder of such files, and not by the same failure elsewhere', async () => {
    assert.equal(await isDiskFull(storageFailing('folder', 'InvalidStateError').storage), true)
    assert.equal(await isDiskFull(storageFailing('write', 'InvalidStateError').storage), false)
  })

  it('is not so where a file can be written, and none stays', async () => {
    const { storage, left } = storageFailing(undefined)
    assert.equal(await isDiskFull(storage), false)
    assert.equal(left(), 0)
  })

  it("isn't known where a browser has no such files, or lets nobody have them", async () => {
    assert.equal(await isDiskFull({} as StorageManager), false)
    assert.equal(await isDiskFull(storageFailing('folder', 'SecurityError').storage), false)
  })

  it("isn't known where a browser never says how it ended", async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const asked = isDiskFull({ getDirectory: () => new Promise(() => undefined) })
    t.mock.timers.tick(10_000)
    assert.equal(await asked, false)
  })
})
