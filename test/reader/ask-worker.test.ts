import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasCode, PacketboatError } from '../../src/errors/packetboat-error.js'
import { answerCall } from '../../src/reader/answer-calls.js'
import { askWorker, type WorkerEnd } from '../../src/reader/ask-worker.js'
import type { FromWorker, ReaderEvent, ReaderPort } from '../../src/reader/port.js'

/** A worker that does this, and what it says by itself. */
function workerOf(port: Partial<ReaderPort>): WorkerEnd & { say(message: FromWorker): void } {
  const end: ReturnType<typeof workerOf> = {
    onmessage: null,
    onerror: null,
    terminate: () => undefined,
    // As across threads: nothing but copies, later.
    say: (message) => void setImmediate(() => end.onmessage?.({ data: structuredClone(message) })),
    postMessage: async (call) => end.say(await answerCall(port as ReaderPort, structuredClone(call))),
  }
  return end
}

test('each call of a page gets its own answer, whichever comes first', async () => {
  let finish = (_: string): void => undefined
  const slow = new Promise<string>((resolve) => {
    finish = resolve
  })
  const port = askWorker(
    () => workerOf({ pair: () => slow, stop: async () => undefined }),
    () => undefined,
  )
  const paired = port.pair('token')
  await port.stop()
  finish('me')
  assert.equal(await paired, 'me')
})

test('what fails in the worker fails in the page with its code and next step', async () => {
  const port = askWorker(
    () =>
      workerOf({
        pair: async () => {
          throw new PacketboatError('AUTH', 'This link was used already.', 'Ask for another one.')
        },
        stop: async () => {
          throw new TypeError('something is undefined')
        },
      }),
    () => undefined,
  )
  await assert.rejects(
    port.pair('token'),
    (error) => hasCode(error, 'AUTH') && error.next === 'Ask for another one.',
  )
  await assert.rejects(port.stop(), /something is undefined/)
  await assert.rejects(port.discardDraft('1'), /knows no discardDraft/)
})

test('events reach the page beside answers', async () => {
  const heard: ReaderEvent[] = []
  const worker = workerOf({ stop: async () => undefined })
  const port = askWorker(
    () => worker,
    (event) => heard.push(event),
  )
  worker.say({ event: 'changed', mailboxes: ['1'] })
  await port.stop()
  assert.deepEqual(heard, [{ event: 'changed', mailboxes: ['1'] }])
})

test('a worker that fails is ended, what was asked of it fails, and the next call starts another', async () => {
  const heard: ReaderEvent[] = []
  const started: ReturnType<typeof workerOf>[] = []
  let ended = 0
  const port = askWorker(
    () => {
      const answers = started.length > 0
      const worker = workerOf({ stop: () => (answers ? Promise.resolve() : new Promise(() => undefined)) })
      worker.terminate = () => void ended++
      started.push(worker)
      return worker
    },
    (event) => heard.push(event),
  )
  const asked = port.stop()
  started[0]?.onerror?.({ preventDefault: () => undefined })
  await assert.rejects(asked, /has stopped/)
  assert.deepEqual([ended, heard.map(({ event }) => event)], [1, ['failed']])
  // What it still says counts for nothing.
  started[0]?.say({ event: 'changed' })
  await port.stop()
  assert.deepEqual([started.length, heard.length], [2, 1])
})
