import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sync } from '../../../src/sync/initiator/sync.js'
import { counting } from '../../world/counting-store.js'
import { letter } from '../../world/letter.js'
import { memoryLink } from '../../world/memory-link.js'
import { seededRandom } from '../../world/random.js'
import { makeSide, type Side } from '../../world/side.js'
import { everything } from '../../world/star.js'

const inbox = ['INBOX']

interface Machines {
  readonly endpoint: Side
  readonly one: Side
  readonly other: Side
  /** Syncs, and notes how many rows all sides read for that. */
  step(name: string, side: Side): Promise<void>
}

type Story = (machines: Machines, count: number) => Promise<void>

async function rowsOf(story: Story, count: number): Promise<Record<string, number>> {
  const rows = { read: 0 }
  // Nothing is kept in memory: what is read a thousand times counts as often.
  const options = { random: seededRandom(9), watchStore: counting(rows), cacheBytes: 0 }
  const endpoint = await makeSide('endpoint', { hasUpstream: false, ...options })
  const one = await makeSide('one', { hasUpstream: true, ...options })
  const other = await makeSide('other', { hasUpstream: true, ...options })
  const link = memoryLink(() => endpoint.account)
  const spent: Record<string, number> = {}
  const step = async (name: string, side: Side): Promise<void> => {
    const before = rows.read
    await sync(side.account, { link, policy: everything, allow: ['*'] })
    spent[name] = rows.read - before
  }
  await story({ endpoint, one, other, step }, count)
  return spent
}

const filesIn = (side: Side, name = 'INBOX') => side.mail.snapshot().get(name) ?? []

function deliverCopies(side: Side, count: number): void {
  for (let n = 0; n < count; n++) side.mail.person.deliver(inbox, letter('x'))
}

function moveAll(side: Side, from: string, to: string): void {
  if (!side.mail.snapshot().has(to)) side.mail.person.createMailbox([to])
  for (const { locator } of filesIn(side, from)) side.mail.person.move([from], locator, [to])
}

function removeAll(side: Side, name: string): void {
  for (const { locator } of filesIn(side, name)) side.mail.person.remove([name], locator)
}

/** What people and others do with many copies of one message. */
const stories: Record<string, Story> = {
  'copied at a device, and removed there': async ({ endpoint, one, other, step }, count) => {
    endpoint.mail.person.deliver(inbox, letter('x'))
    await step('one', one)
    await step('one there', other)
    const [mine] = filesIn(one)
    for (let n = 0; n < count; n++) one.mail.person.copy(inbox, mine?.locator ?? '', inbox)
    await step('copied', one)
    await step('copied there', other)
    removeAll(one, 'INBOX')
    await step('removed', one)
    await step('removed there', other)
    assert.equal(filesIn(endpoint).length, 0)
    assert.equal(filesIn(other).length, 0)
  },
  'delivered at the endpoint, moved at a device, and then half of them removed': async (
    { endpoint, one, other, step },
    count,
  ) => {
    deliverCopies(endpoint, count)
    await step('came', one)
    await step('came there', other)
    moveAll(one, 'INBOX', 'Work')
    await step('moved', one)
    await step('moved there', other)
    for (const { locator } of filesIn(one, 'Work').slice(count / 2)) one.mail.person.remove(['Work'], locator)
    await step('half removed', one)
    await step('half removed there', other)
    assert.equal(filesIn(endpoint, 'Work').length, count / 2)
    assert.equal(filesIn(other, 'Work').length, count / 2)
    removeAll(endpoint, 'Work')
    await step('removed at the endpoint', one)
    assert.equal(filesIn(one, 'Work').length, 0)
  },
  'on both sides before they met, and after one has lost its memory': async (
    { endpoint, one, step },
    count,
  ) => {
    deliverCopies(endpoint, count)
    deliverCopies(one, count)
    await step('met', one)
    await one.loseDatabase()
    await step('forgotten here', one)
    await endpoint.loseDatabase()
    await step('forgotten there', one)
    assert.equal(filesIn(one).length, count)
    assert.equal(filesIn(endpoint).length, count)
  },
  'moved apart by two devices': async ({ endpoint, one, other, step }, count) => {
    deliverCopies(endpoint, count)
    await step('came', one)
    await step('came there', other)
    moveAll(one, 'INBOX', 'Left')
    moveAll(other, 'INBOX', 'Right')
    await step('left', one)
    await step('right', other)
    assert.equal(filesIn(endpoint, 'Left').length, count)
    assert.equal(filesIn(endpoint, 'Right').length, count)
  },
  'removed at the endpoint, moved at a device': async ({ endpoint, one, step }, count) => {
    deliverCopies(endpoint, count)
    await step('came', one)
    removeAll(endpoint, 'INBOX')
    moveAll(one, 'INBOX', 'Work')
    await step('met', one)
    assert.equal(filesIn(endpoint, 'Work').length, count)
  },
  'moved to Trash at the endpoint': async ({ endpoint, one, step }, count) => {
    deliverCopies(endpoint, count)
    await step('came', one)
    moveAll(endpoint, 'INBOX', 'Trash')
    await step('moved', one)
    removeAll(endpoint, 'Trash')
    await step('emptied', one)
    assert.equal(filesIn(one, 'Trash').length, 0)
  },
  'no copies at all, but drafts that two devices have revised': async ({ one, other, step }, count) => {
    const revise = (side: Side, what: string): void => {
      for (const [n, { locator }] of filesIn(side, 'Drafts').entries()) {
        side.mail.person.deliver(['Drafts'], letter(`${what} ${n}`), ['\\Draft'])
        side.mail.person.remove(['Drafts'], locator)
      }
    }
    one.mail.person.createMailbox(['Drafts'])
    for (let n = 0; n < count; n++) one.mail.person.deliver(['Drafts'], letter(`draft ${n}`), ['\\Draft'])
    await step('written', one)
    await step('came there', other)
    revise(one, 'one')
    revise(other, 'other')
    await step('revised', one)
    await step('revised there', other)
    assert.equal(filesIn(other, 'Drafts').length, 2 * count)
  },
  'no copies at all, but as many messages renamed from the last one on': async (
    { endpoint, one, step },
    count,
  ) => {
    for (let n = 0; n < count; n++) endpoint.mail.person.deliver(inbox, letter(`message ${n}`))
    await step('came', one)
    for (const { locator } of [...filesIn(one)].reverse()) one.mail.person.move(inbox, locator, inbox)
    await step('renamed', one)
    assert.equal(filesIn(endpoint).length, count)
  },
}

for (const [name, story] of Object.entries(stories))
  test(`three times as many messages take little more than three times as many reads: ${name}`, async () => {
    const [few, many] = [await rowsOf(story, 100), await rowsOf(story, 300)]
    for (const [step, rows] of Object.entries(many))
      assert.ok(rows < 5.5 * (few[step] ?? 0), `${step}: ${few[step]} rows, and ${rows}`)
  })
