import assert from 'node:assert/strict'
import { connect } from 'node:net'
import test from 'node:test'
import type { LineClock } from '../../src/link/pace.js'
import { type SlowLine, startSlowLine } from '../../src/link/slow-line.js'
import { someBytes, tcpServer } from './world.js'

/** Sends bytes through a line to a server that sends `answer` back; what each end got until the connection ended. */
async function talk(
  line: SlowLine,
  bytes: Uint8Array,
): Promise<{ got: Uint8Array; error: string | undefined }> {
  return new Promise((resolve) => {
    const socket = connect(line.address.port, line.address.host)
    const chunks: Uint8Array[] = []
    let error: string | undefined
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('error', (cause: NodeJS.ErrnoException) => {
      error = cause.code
    })
    socket.on('close', () => resolve({ got: Uint8Array.from(Buffer.concat(chunks)), error }))
    socket.end(bytes)
  })
}

/** Sends back what it gets. `got` counts. */
async function echoServer(): Promise<Awaited<ReturnType<typeof tcpServer>> & { got: number }> {
  const state = { got: 0 }
  const server = await tcpServer((socket) => {
    socket.on('data', (chunk) => {
      state.got += chunk.length
    })
    socket.pipe(socket)
  })
  return Object.assign(state, server)
}

const fast = { bitsPerSecond: Number.POSITIVE_INFINITY, delayMs: 0 }

test('bytes come out as they went in, both ways, and are counted', async () => {
  const server = await echoServer()
  const line = await startSlowLine({ target: server, ...fast })
  const bytes = someBytes(300_000)
  const { got, error } = await talk(line, bytes)
  assert.equal(error, undefined)
  assert.deepEqual(got, bytes)
  assert.deepEqual(line.counters, { up: 300_000, down: 300_000 })
  await line.close()
  await server.close()
})

for (const direction of ['up', 'down'] as const) {
  for (const at of [0, 1, 1000, 65_537]) {
    test(`a cut after ${at} bytes ${direction} lets through exactly so many and breaks both ends`, async () => {
      const server = await echoServer()
      const line = await startSlowLine({ target: server, ...fast })
      line.cutAfter({ [direction]: at })
      const { got } = await talk(line, someBytes(100_000))
      assert.equal(line.counters[direction], at)
      if (direction === 'down') assert.equal(got.length, at)
      else assert.ok(server.got <= at)
      assert.equal((await talk(line, someBytes(1))).got.length, 0, 'until it is restored')
      assert.equal(line.counters[direction], at)
      line.restore()
      assert.deepEqual((await talk(line, someBytes(10))).got, someBytes(10))
      await line.close()
      await server.close()
    })
  }
}

test('all connections together get the line’s rate, and each byte its delay', async () => {
  // Time passes only when the line asks for it: the last byte comes out when rate and delay say.
  let now = 0
  const due: { atMs: number; run: () => void }[] = []
  const clock: LineClock = { now: () => now, after: (ms, run) => due.push({ atMs: now + ms, run }) }
  const server = await echoServer()
  const line = await startSlowLine({ target: server, bitsPerSecond: 9600, delayMs: 300, clock })
  const talks = [talk(line, someBytes(600)), talk(line, someBytes(600))]
  let over = false
  const both = Promise.all(talks).then((results) => {
    over = true
    return results
  })
  while (!over) {
    // What sockets have to tell comes before time goes on.
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
    const next = due.sort((a, b) => a.atMs - b.atMs).shift()
    if (!next) continue
    now = Math.max(now, next.atMs)
    next.run()
  }
  for (const { got } of await both) assert.deepEqual(got, someBytes(600))
  // 1,200 bytes at 1,200 a second, and the last piece of 24 goes back over the same: 1 s + 300 ms, and 20 ms + 300 ms.
  assert.ok(now >= 1600 && now < 1700, `${now} ms`)
  await line.close()
  await server.close()
})

test('a sender is stopped when the queue is full', async () => {
  const server = await echoServer()
  const stuck: LineClock = { now: () => 0, after: () => undefined }
  const line = await startSlowLine({ target: server, bitsPerSecond: 300, delayMs: 0, clock: stuck })
  const socket = connect(line.address.port, line.address.host)
  socket.on('error', () => undefined)
  socket.write(new Uint8Array(20_000_000))
  for (let before = -1; before !== socket.bytesWritten - socket.writableLength; ) {
    before = socket.bytesWritten - socket.writableLength
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  assert.equal(socket.writableNeedDrain, true)
  assert.equal(server.got, 0)
  socket.destroy()
  await line.close()
  await server.close()
})
