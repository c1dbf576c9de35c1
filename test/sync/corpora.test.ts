import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { makeMail } from '../../fixtures/make-mail.js'
import { oddMail } from '../../fixtures/odd-mail.js'
import { sync } from '../../src/sync/initiator/sync.js'
import { defaultPolicy } from '../../src/sync/policy/policy.js'
import { memoryLink } from '../world/memory-link.js'
import { sha256 } from '../world/side.js'
import { makePair } from '../world/star.js'

const corpora = process.env['PACKETBOAT_CORPORA'] ?? resolve(import.meta.dirname, '../../../shared/corpora')
const everything = {
  ...defaultPolicy,
  textBytes: 1e9,
  smallBytes: 1e9,
  attachmentBytes: 1e9,
  coldBytes: 1e9,
  structureBytes: 1e9,
}

const digest = (bytes: Uint8Array): string => {
  const hash = sha256()
  hash.update(bytes)
  return Buffer.from(hash.digest()).toString('hex')
}

/** Syncs these messages through a whole exchange and back into a mail store, and compares by digest. */
async function assertSurvives(messages: readonly Uint8Array[]): Promise<void> {
  const { endpoint, client } = await makePair({ seed: 5 })
  for (const bytes of messages) endpoint.mail.person.deliver(['INBOX'], bytes)
  await sync(client.account, {
    link: memoryLink(() => endpoint.account, { chunkBytes: 65536 }),
    policy: everything,
  })
  const arrived = (client.mail.snapshot().get('INBOX') ?? []).map(({ bytes }) => digest(bytes)).sort()
  assert.deepEqual(arrived, messages.map(digest).sort())
}

test('made mail and every odd message survive a full sync, proved by digest', async () => {
  const made = makeMail({ seed: 4, messages: 120, attachments: { scale: 0.2 } }).map(({ bytes }) => bytes)
  await assertSurvives([...made, ...oddMail().map(({ bytes }) => bytes)])
})

for (const name of ['modern', 'mime']) {
  const directory = join(corpora, name)
  const skip = existsSync(directory) ? false : `no corpus at ${directory}`
  test(`every file of ${name} survives a full sync, proved by digest`, { skip }, async () => {
    const files = readdirSync(directory).filter((file) => !file.endsWith('.tsv') && !file.startsWith('.'))
    await assertSurvives(files.map((file) => readFileSync(join(directory, file))))
  })
}
