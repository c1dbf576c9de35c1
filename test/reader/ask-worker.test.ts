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
  const port = askWorker(workerOf({ pair: () => slow, stop: async () => undefined }), () => undefined)
  const paired = port.pair('token')
  await port.stop()
  finish('me')
  assert.equal(await paired, 'me')
})

test('what fails in the worker fails in the page with its code and next step', async () => {
  const port = askWorker(
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
  const port = askWorker(worker, (event) => heard.push(event))
  worker.say({ event: 'changed', mailboxes: ['1'] })
  await port.stop()
  assert.deepEqual(heard, [{ event: 'changed', mailboxes: ['1'] }])
})
