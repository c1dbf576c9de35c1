import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as soon } from 'node:timers/promises'
import { createAccountPool } from '../../../src/cli/serving/account-pool.js'
import type { OpenAccount } from '../../../src/cli/session/open-account.js'

/** A pool that keeps `most` open, and what it has opened (+) and closed (-), in their order. */
function makePool(most: number) {
  const done: string[] = []
  const broken = new Set<string>()
  const pool = createAccountPool({
    most: () => most,
    open: async (name) => {
      await soon()
      if (broken.has(name)) throw new Error(`${name} is broken`)
      done.push(`+${name}`)
      const close = async (): Promise<void> => void done.push(`-${name}`)
      return { close } as unknown as OpenAccount
    },
    beside: (_name, _account, retired) =>
      new Promise((resolve) => retired.addEventListener('abort', () => resolve(), { once: true })),
    onError: (_name, error) => assert.fail(String(error)),
  })
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 10; i++) await soon()
  }
  return { pool, done, broken, settle }
}

test('an account is opened once for all who use it, and stays open as long as there is room', async () => {
  const { pool, done, settle } = makePool(2)
  const [first, second] = await Promise.all([pool.use('a'), pool.use('a')])
  assert.equal(first.account, second.account)
  first.release()
  second.release()
  ;(await pool.use('b')).release()
  ;(await pool.use('a')).release()
  await settle()
  assert.deepEqual(done, ['+a', '+b'])
  assert.equal(pool.size, 2)
  await pool.close()
  assert.deepEqual(done.slice(2).sort(), ['-a', '-b'])
  assert.equal(pool.size, 0)
})

test('beyond the bound the least recently used is closed, but none that is in use', async () => {
  const { pool, done, settle } = makePool(2)
  const a = await pool.use('a')
  ;(await pool.use('b')).release()
  ;(await pool.use('c')).release()
  await settle()
  assert.deepEqual(done, ['+a', '+b', '+c', '-b'])
  const d = await pool.use('d')
  await settle()
  assert.deepEqual(done.slice(4), ['+d', '-c'])
  const e = await pool.use('e')
  assert.equal(pool.size, 3)
  a.release()
  a.release()
  await settle()
  assert.deepEqual(done.slice(6), ['+e', '-a'])
  d.release()
  e.release()
  await pool.close()
})

test('who asks for an account that is leaving waits until it is closed, and has it opened anew', async () => {
  const { pool, done, settle } = makePool(2)
  const old = await pool.use('a')
  pool.retire('a')
  assert.ok(old.retired.aborted)
  const next = pool.use('a')
  await settle()
  assert.deepEqual(done, ['+a'])
  old.release()
  const { release, retired } = await next
  assert.deepEqual(done, ['+a', '-a', '+a'])
  assert.equal(retired.aborted, false)
  release()
  await pool.close()
})

test('one that can’t be opened is tried again, and takes no room', async () => {
  const { pool, done, broken } = makePool(1)
  broken.add('a')
  await assert.rejects(pool.use('a'), /a is broken/)
  assert.equal(pool.size, 0)
  pool.retire('a')
  broken.clear()
  ;(await pool.use('a')).release()
  assert.deepEqual(done, ['+a'])
  await pool.close()
})

test('nothing stays open where the bound is 0', async () => {
  const { pool, done, settle } = makePool(0)
  const { release } = await pool.use('a')
  await settle()
  assert.deepEqual(done, ['+a'])
  release()
  await settle()
  assert.deepEqual(done, ['+a', '-a'])
  await pool.close()
})
