import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, describe, it, type TestContext } from 'node:test'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.js'
import { seed } from '../../testing/seed.js'
import { entries } from '../../testing/store.js'
import { startChild } from './child-process.js'
import { rowsPerBatch } from './committing-program.js'
import { temporaryDirectory } from './temporary-directory.js'

const kills = 20

describe('a process that is killed while it commits', { concurrency: true }, () => {
  const directory = temporaryDirectory()
  after(() => directory.remove())

  // Two at a time, each on its own file, whose content the next process of the row goes on from.
  for (const row of [0, 1])
    it(`leaves every batch that was reported, and no batch half, ${kills / 2} times over (file ${row})`, async (t) => {
      const path = join(directory.path, `${row}.db`)
      let random = seed + row
      let last = 0
      for (let kill = 0; kill < kills / 2; kill++) {
        random = (Math.imul(random, 1664525) + 1013904223) >>> 0
        const killAfter = random % 60
        const reported = await commitUntilKilled(t, path, last + 1, killAfter)
        const found = await batchIn(path)
        assert.ok(found >= reported, `batch ${reported} was reported, ${found} is there`)
        assert.ok(
          found <= Math.max(reported, last) + 1,
          `batch ${found} is there, ${reported} was the last reported`,
        )
        last = found
      }
      assert.ok(last > 0)
    })
})

/** Kills the process when it has reported so many commits and is in the next ones. Gives the last that it reported. */
async function commitUntilKilled(
  t: TestContext,
  path: string,
  first: number,
  killAfter: number,
): Promise<number> {
  const child = startChild(t, 'committing-program.ts', [path, String(first)])
  let reported = first - 1
  for await (const line of child.lines) {
    if (line !== 'open') reported = Number(line)
    if (reported >= first - 1 + killAfter) child.process.kill('SIGKILL')
  }
  const { code, errors } = await child.ended()
  assert.equal(code, null, errors)
  return reported
}

/** The number of the last batch, 0 if there is none. Fails if a batch is there in part. */
async function batchIn(path: string): Promise<number> {
  const store = await openSqliteStore(path)
  try {
    const [marker, ...others] = await entries(store, { prefix: ['batch'] })
    assert.equal(others.length, 0)
    const rows = await entries(store, { prefix: ['row'] })
    if (!marker) {
      assert.equal(rows.length, 0)
      return 0
    }
    const n = marker.key[1] as number
    assert.equal(rows.length, rowsPerBatch)
    for (const { key, value } of rows) {
      assert.equal(value.length, (key[1] as number) % 10 === 0 ? 20_000 : 100)
      assert.ok(value.every((byte) => byte === n % 256))
    }
    return n
  } finally {
    await store.close()
  }
}
