import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { mountSmallDisk, type SmallDisk } from '../../store/mounted-disk.js'

/** A disk of so many bytes for one test, which is skipped where this user may not mount one. */
export function ownDisk(t: TestContext, sizeBytes: number): SmallDisk | undefined {
  const path = mkdtempSync(join(tmpdir(), 'packetboat-disk-'))
  const disk = mountSmallDisk(join(path, 'disk'), sizeBytes)
  t.after(() => {
    disk?.unmount()
    rmSync(path, { recursive: true, force: true })
  })
  if (!disk) t.skip('this user may not mount a file system')
  return disk
}

/** To the last byte. */
export function fillDisk({ path }: SmallDisk): void {
  for (const bytes of [1_048_576, 65_536, 4096])
    try {
      for (let at = 0; ; at++) writeFileSync(join(path, `fill-${bytes}-${at}`), Buffer.alloc(bytes))
    } catch (error) {
      assert.match(String(error), /ENOSPC/)
    }
}
