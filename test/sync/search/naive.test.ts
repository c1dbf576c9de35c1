import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decodeEnvelope } from '../../../src/mime/headers/envelope-codec.js'
import { getContent } from '../../../src/replica/content/contents.js'
import { listMailboxes } from '../../../src/replica/mailboxes.js'
import { liveMessages } from '../../../src/replica/messages.js'
import type { MailboxRecord, MessageRecord } from '../../../src/replica/records.js'
import { scanMailStore } from '../../../src/sync/scan/scan-mail-store.js'
import { findMessages } from '../../../src/sync/search/find-messages.js'
import { readQuestion } from '../../../src/sync/search/read-question.js'
import { updateIndex } from '../../../src/sync/search/update-index.js'
import { letter } from '../../world/letter.js'
import { type Random, seededRandom } from '../../world/random.js'
import { makeSide, type Side } from '../../world/side.js'

/** Answers by the index, beside those of a search that reads everything. */

const seed = Number(process.env['PACKETBOAT_SEED'] ?? 1)
const dayMs = 86_400_000
const firstDay = Math.floor(Date.parse('2015-01-01') / dayMs)
const days = 40
const count = 420
const words = ['dues', 'harbour', 'mast', 'mastic', 'oar', 'berth']
const people = ['ann', 'bo', 'cy']
const boxes = ['INBOX', 'Work', 'Small']

interface Mail {
  readonly from: string
  readonly subject: string
  readonly text: readonly string[]
}

interface Delivered {
  readonly mail: Mail
  readonly box: string
  readonly locator: string
}

interface Asked {
  readonly word?: string
  readonly row?: readonly [string, string]
  readonly from?: string
  readonly box?: string
  readonly afterDay?: number
  readonly beforeDay?: number
  /** Of these days; by hand they begin at midnight. */
  readonly fromMs: number
}

const dayText = (day: number): string => new Date(day * dayMs).toISOString().slice(0, 10)

function makeMail(random: Random, number: number): Mail {
  const text = Array.from({ length: 4 }, () => random.pick(words))
  return { from: random.pick(people), subject: `mail ${number}`, text }
}

function makeAsked(random: Random): Asked {
  const some = <T>(share: number, value: T): T | undefined => (random.next() < share ? value : undefined)
  const isRow = random.next() < 0.3
  const afterDay = some(0.3, firstDay + random.below(days))
  const from = some(0.3, random.pick(people))
  const box = some(0.3, random.pick(boxes))
  const beforeDay = some(0.3, firstDay + random.below(days + 2))
  return {
    ...(isRow ? { row: [random.pick(words), random.pick(words)] as const } : { word: random.pick(words) }),
    ...(from !== undefined && { from }),
    ...(box !== undefined && { box }),
    ...(afterDay !== undefined && { afterDay }),
    ...(beforeDay !== undefined && { beforeDay }),
    fromMs: some(0.3, dayMs / 2) ?? 0,
  }
}

function typed({ word, row, from, box, afterDay, beforeDay }: Asked): string {
  return [
    word,
    row && `"${row.join(' ')}"`,
    from && `from:${from}`,
    box && `in:${box}`,
    afterDay && `after:${dayText(afterDay)}`,
    beforeDay && `before:${dayText(beforeDay)}`,
  ]
    .filter((term) => term !== undefined)
    .join(' ')
}

function fits(asked: Asked, mail: Mail, at: Place): boolean {
  const { word, row, from, box, afterDay, beforeDay, fromMs } = asked
  return (
    (word === undefined || mail.text.some((each) => each.startsWith(word))) &&
    (!row || mail.text.some((each, index) => each === row[0] && mail.text[index + 1] === row[1])) &&
    (from === undefined || mail.from === from) &&
    (box === undefined || at.box === box) &&
    (afterDay === undefined || at.ms >= afterDay * dayMs + fromMs) &&
    (beforeDay === undefined || at.ms < beforeDay * dayMs + fromMs)
  )
}

interface Place {
  readonly box: string
  readonly ms: number
}

/** What somebody who asks has is told by the number, or only by the message. */
const means = (_: MailboxRecord, number: number): boolean | undefined =>
  [false, true, undefined, undefined][number % 4]
const isMeant = ({ number }: MessageRecord): boolean => [false, true, false, true][number % 4] ?? false

interface Hit {
  readonly message: MessageRecord
  readonly sizeBytes: number
}

/** Reads everything. Returns what fits, the newest first. */
async function findNaively(
  { side, mails }: World,
  asked: Asked,
  isAmong: (message: MessageRecord) => boolean,
): Promise<Hit[]> {
  const { db } = side.account.replica
  const found: Hit[] = []
  for (const { guid, path } of await listMailboxes(db))
    for await (const message of liveMessages(db, guid)) {
      const content = (await getContent(db, message.content)) ?? assert.fail()
      const { subject = '' } = decodeEnvelope(content.envelope ?? assert.fail())
      const mail = mails.get(subject) ?? assert.fail(subject)
      if (isAmong(message) && fits(asked, mail, { box: path.join('/'), ms: message.internalDateMs }))
        found.push({ message, sizeBytes: content.sizeBytes })
    }
  return found.sort((a, b) => b.message.internalDateMs - a.message.internalDateMs)
}

interface World {
  readonly side: Side
  /** By their subjects. */
  readonly mails: ReadonlyMap<string, Mail>
}

async function makeWorld(random: Random): Promise<World> {
  const side = await makeSide('here', { hasUpstream: false, random })
  const { person } = side.mail
  for (const box of boxes.slice(1)) person.createMailbox([box])
  const mails = new Map<string, Mail>()
  const delivered: Delivered[] = []
  const times = new Set<number>()
  const deliver = (mail: Mail): void => {
    const box = random.next() < 0.03 ? 'Small' : random.pick(boxes.slice(0, 2))
    let ms = 0
    // None of the same time: their order would be nobody's.
    while (times.has(ms) || ms === 0) ms = (firstDay + random.below(days)) * dayMs + random.below(dayMs)
    times.add(ms)
    const bytes = letter(mail.subject, { from: `${mail.from} <x@example.org>`, text: mail.text.join(' ') })
    delivered.push({ mail, box, locator: person.deliver([box], bytes, [], ms) })
    mails.set(mail.subject, mail)
  }
  const settle = async (): Promise<void> => {
    await scanMailStore(side.account)
    await updateIndex(side.account)
  }
  for (let number = 0; number < count; number++) {
    deliver(makeMail(random, number))
    // A copy, which arrived on some other day.
    if (random.next() < 0.05) deliver(random.pick(delivered).mail)
    if (number === count >> 1) await settle()
  }
  await settle()
  for (let changes = 0; changes < 30; changes++) {
    const [{ box, locator }] = delivered.splice(random.below(delivered.length), 1) as [Delivered]
    if (random.next() < 0.5) person.remove([box], locator)
    else person.move([box], locator, ['Work'])
  }
  await settle()
  return { side, mails }
}

describe('a question to the index', () => {
  it(`is answered as one for which everything is read (PACKETBOAT_SEED=${seed})`, async () => {
    const random = seededRandom(seed)
    const world = await makeWorld(random)
    const { account } = world.side
    for (let round = 0; round < 120; round++) {
      const asked = makeAsked(random)
      const limit = random.pick([1, 3, 20])
      const isAsker = random.next() < 0.5
      const words = typed(asked)
      const naive = await findNaively(world, asked, isAsker ? isMeant : () => true)
      const { afterMs, beforeMs, ...read } = readQuestion(words)
      const question = { ...read, afterMs: afterMs + asked.fromMs, beforeMs: beforeMs + asked.fromMs }
      const found = await findMessages(account, { question, limit, ...(isAsker && { means, isMeant }) })
      const told = `${words}, the newest ${limit}, asker: ${isAsker}`
      assert.deepEqual(
        found.messages.map(({ message }) => message.guid),
        naive.slice(0, limit).map(({ message }) => message.guid),
        told,
      )
      if (found.isPartial) continue
      assert.equal(found.total, naive.length, told)
      assert.equal(
        found.totalBytes,
        naive.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
        told,
      )
    }
  })
})
