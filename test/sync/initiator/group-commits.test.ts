import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAnswerStream } from '../../../src/link/client/answer-stream.js'
import { sync } from '../../../src/sync/initiator/sync.js'
import { respond } from '../../../src/sync/responder/respond.js'
import { collect } from '../../mime/message-builders.js'
import { letter } from '../../world/letter.js'
import { memoryLinkTo } from '../../world/memory-link.js'
import { seededRandom } from '../../world/random.js'
import { makeSide } from '../../world/side.js'
import { everything } from '../../world/star.js'

test('what came while the disk was busy is committed together', async () => {
  const random = seededRandom(29)
  const endpoint = await makeSide('endpoint', { hasUpstream: false, random })
  const client = await makeSide('client', { hasUpstream: true, random })
  const text = (n: number): string => `${n} ${Buffer.from(random.bytes(1500)).toString('hex')}`
  for (let n = 0; n < 200; n++)
    endpoint.mail.person.deliver(['INBOX'], letter(`letter ${n}`, { text: text(n) }))
  let commits = 0
  client.watchCommits = ({ puts = [] }) => {
    if (puts.some(({ key: [table] }) => table === 'blob')) commits++
  }
  async function* answer(
    request: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    yield await collect(respond(endpoint.account, request, { signal }))
  }
  await sync(client.account, { link: memoryLinkTo(answer, 65_536), policy: everything })
  assert.equal(client.mail.snapshot().get('INBOX')?.length, 200)
  // 600 kB of text, which hardly shrink to half of that.
  assert.ok(commits > 2 && commits <= 8, `${commits} commits`)
})

test('a reader that was busy gets what has come meanwhile in pieces of 64 kB', async () => {
  const stream = createAnswerStream({ maxBytes: 262_144, onRoom: () => {}, onAbandoned: () => {} })
  for (let n = 0; n < 40; n++) stream.push(new Uint8Array(4096))
  stream.end()
  const sizes: number[] = []
  for await (const piece of stream.bytes) sizes.push(piece.length)
  assert.deepEqual(sizes, [65_536, 65_536, 32_768])
})
