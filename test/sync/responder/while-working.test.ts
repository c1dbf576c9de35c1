import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { whileWorking } from '../../../src/sync/responder/look-for-news.js'
import { responseKinds } from '../../../src/wire/response/kinds.js'

test('work that takes long is told of now and then, so that the line is not taken for dead', async () => {
  const work = whileWorking(sleep(120, 'done'), 20)
  const kinds: number[] = []
  let step = await work.next()
  for (; !step.done; step = await work.next()) kinds.push(step.value.kind)
  assert.equal(step.value, 'done')
  assert.ok(kinds.length > 0 && kinds.every((kind) => kind === responseKinds.working))
})

test('work that is done in a moment costs no byte, and its error is that of who waits', async () => {
  const quick = whileWorking(Promise.resolve(7), 1000)
  assert.deepEqual(await quick.next(), { done: true, value: 7 })
  const failing = whileWorking(
    sleep(60).then(() => Promise.reject(new Error('gone'))),
    10,
  )
  assert.equal((await failing.next()).done, false)
  await sleep(100)
  await assert.rejects(failing.next(), /gone/)
})
