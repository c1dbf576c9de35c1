import assert from 'node:assert/strict'
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { appendPrivateLine } from '../../../src/cli/settings/data-dir.js'
import { hasCode } from '../../../src/errors/packetboat-error.js'
import { fillDisk, ownDisk } from '../../world/process/own-disk.js'

test('a line of which a full disk takes the beginning is refused, and nothing of it stays', (t) => {
  const disk = ownDisk(t, 1_048_576)
  if (!disk) return
  const path = join(disk.path, 'usage.jsonl')
  const before = `${'x'.repeat(statSync(disk.path).blksize - 11)}\n`
  writeFileSync(path, before)
  fillDisk(disk)
  const line = 'y'.repeat(40)
  assert.throws(
    () => appendPrivateLine(path, line),
    (error) => hasCode(error, 'DISK_FULL'),
  )
  assert.equal(readFileSync(path, 'utf8'), before)
  rmSync(join(disk.path, 'fill-1048576-0'))
  assert.equal(appendPrivateLine(path, line), before.length + 41)
})
