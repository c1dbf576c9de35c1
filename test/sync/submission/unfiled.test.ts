import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { tables } from '../../../src/replica/tables.js'
import { blobSize } from '../../../src/store/blob.js'
import { keptBlob } from '../../../src/sync/content/content-access.js'
import { sendDue } from '../../../src/sync/submission/send-due.js'
import { letter } from '../../world/letter.js'
import { memorySpool } from '../../world/memory-spool.js'
import { findMessage, latin, stateOf } from '../../world/shown.js'
import type { Side } from '../../world/side.js'
import { makeStar } from '../../world/star.js'
import { forward, fwdHeader } from './forwarded.js'
import { mailing, memoryServer, sendSettings } from './sending.js'

const original = letter('plan', {
  from: 'Bob <bob@example.org>',
  attachments: [{ bytes: 300_000, name: 'plan.pdf', type: 'application/pdf' }],
})

/** A device that has sent a mail while a mailbox of the endpoint takes nothing, and has heard of its end. */
async function makeHeard(full: string, mail: (standIn: string) => string) {
  const star = await makeStar(['a', 'b'], { seed: 9 })
  const { endpoint, devices } = star
  endpoint.account = { ...endpoint.account, mailing }
  endpoint.mail.person.deliver(['INBOX'], original)
  endpoint.mail.person.createMailbox(['Sent'])
  const spool = memorySpool()
  const server = memoryServer()
  const run = () => star.run(devices.a, { spool })
  for (let times = 0; times < 2; times++) await run()
  await star.run(devices.b)
  const send = () => sendDue(endpoint.account, sendSettings(server), new AbortController().signal)
  const goes = async (text: string): Promise<void> => {
    spool.put(text)
    await run()
    await send()
  }
  endpoint.ailments.full.add(full)
  if (full === 'INBOX') server.says = () => 'refused'
  await goes(mail(latin(findMessage(devices.a, 'plan').bytes)))
  // With the next that is told the first one is forgotten.
  for (let times = 0; times < 2; times++) await run()
  server.says = () => 'accepted'
  for (const subject of ['second', 'third'])
    await goes(`From: ann@example.org\r\nTo: bob@example.org\r\nSubject: ${subject}\r\n\r\nHello.\r\n`)
  for (let times = 0; times < 3; times++) {
    await run()
    await star.run(devices.b)
    endpoint.nowMs += 3_600_000
  }
  return { endpoint, ...devices, run, runOther: () => star.run(devices.b) }
}

async function keptBytes({ account: { replica } }: Side): Promise<number> {
  let bytes = 0
  for await (const { key } of tables.content.list(replica.db))
    bytes += (await blobSize(replica.db, keptBlob(key[0]))) ?? 0
  return bytes
}

describe('what is filed in a mailbox that takes nothing now', () => {
  const cases: readonly (readonly [
    string,
    full: string,
    subject: string,
    mail: (standIn: string) => string,
  ])[] = [
    ['a mail', 'Sent', 'Fwd', () => `${fwdHeader}\nHello.\n`],
    ['a mail that forwards what its author lacks', 'Sent', 'Fwd', (standIn) => forward(standIn)],
    ['a report', 'INBOX', 'Not delivered', () => `${fwdHeader}\nHello.\n`],
  ]
  for (const [what, full, subject, mail] of cases)
    it(`stands there as soon as it takes something again, also when everybody has heard of its end: ${what}`, async () => {
      const { endpoint, a, b, run, runOther } = await makeHeard(full, mail)
      assert.ok(!stateOf(endpoint)[full]?.some((line) => line.startsWith(subject)))
      endpoint.ailments.cure()
      for (let times = 0; times < 3; times++) {
        await run()
        await runOther()
      }
      const { bytes } = findMessage(endpoint, subject, [full])
      if (mail('').includes('rfc822')) assert.equal(latin(bytes), forward(latin(original)))
      for (const side of [a, b])
        assert.ok(
          stateOf(side)[full]?.some((line) => line.startsWith(subject)),
          side.name,
        )
      // Then it is there once: what was kept of it is gone, but for mail that isn't told of yet.
      endpoint.nowMs += 40 * 86_400_000
      await run()
      await runOther()
      assert.equal(await keptBytes(endpoint), 0)
    })
})
