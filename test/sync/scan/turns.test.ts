import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memorySource } from '../../../src/bytes/source.js'
import { encodeSkeleton } from '../../../src/mime/skeleton-codec.js'
import { splitMessage } from '../../../src/mime/split.js'
import { appendBlob } from '../../../src/store/blob.js'
import { partBlob } from '../../../src/sync/content/content-access.js'
import { rebuilt } from '../../../src/sync/content/content-shape.js'
import { structurePiece } from '../../../src/sync/content/piece.js'
import { scanMailStore } from '../../../src/sync/scan/scan-mail-store.js'
import { sha256 } from '../../world/side.js'
import { makePair } from '../../world/star.js'

/** How often others in the process had their turn while it ran. */
async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let [turns, over] = [0, false]
  const count = (): void => {
    if (over) return
    turns++
    setImmediate(count)
  }
  setImmediate(count)
  await work()
  over = true
  return turns
}

const quotedPrintable = (body: string): Uint8Array =>
  new TextEncoder().encode(`Subject: m\nContent-Transfer-Encoding: quoted-printable\n\n${body}`)

test('a look at a mail of much quoted-printable lets others have their turn', async () => {
  const { endpoint } = await makePair({ seed: 5 })
  const look = () => turnsDuring(() => scanMailStore(endpoint.account))
  await look()
  endpoint.mail.person.deliver(['INBOX'], quotedPrintable('little=\n'))
  const usual = await look()
  endpoint.mail.person.deliver(['INBOX'], quotedPrintable(`${'\n'.repeat(2 ** 21)}=\n`))
  const turns = await look()
  assert.ok(turns >= usual + 16, `${turns} turns instead of ${usual}`)
})

test('a message of much quoted-printable that is put together lets others have their turn', async () => {
  const { endpoint } = await makePair({ seed: 5 })
  const { db } = endpoint.account.replica
  const turns = async (id: string, body: string): Promise<number> => {
    const message = quotedPrintable(body)
    const skeleton = await splitMessage(memorySource(message), { createHash: sha256 })
    const [part] = skeleton.parts
    const start = message.length - body.length
    assert.ok(part?.encoding.kind === 'quoted-printable')
    await db.transact(async (tx) => {
      await appendBlob(tx, partBlob(id, structurePiece(skeleton)), message.subarray(0, start))
      await appendBlob(tx, partBlob(id, 0), new TextEncoder().encode(body.replaceAll('=\n', '')))
    })
    const content = { id, skeleton: encodeSkeleton(skeleton), sizeBytes: message.length }
    const record = { ...content, held: [], whole: false, progress: 1, upstreamHas: false }
    let size = 0
    const turns = await turnsDuring(async () => {
      for await (const chunk of rebuilt(endpoint.account, record)) size += chunk.length
    })
    assert.equal(size, message.length)
    return turns
  }
  const usual = await turns('a'.repeat(32), 'little=\n')
  const much = await turns('b'.repeat(32), `${'\n'.repeat(2 ** 21)}=\n`)
  assert.ok(much >= usual + 8, `${much} turns instead of ${usual}`)
})
