import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PacketboatError } from '../../../src/errors/packetboat-error.js'
import { listProblems } from '../../../src/replica/problems.js'
import { locatorOf, messagesIn, subjectOf } from '../../world/shown.js'
import type { Side } from '../../world/side.js'
import { dayMs, letter, makeEvicting, makeWithOld, subjects } from './evicting.js'

/** What has left a disk and what was deleted there, told apart where something else is odd. */

/** Somebody has put a message there that can't be read. */
function putUnreadable(side: Side): void {
  side.mail.person.deliver(['INBOX'], letter('odd'), ['\\Seen'], side.nowMs)
  side.ailments.unreadable.add(`INBOX/${locatorOf(side, 'odd')}`)
}

const inOld = (side: Side): string[] =>
  messagesIn(side, ['Old'])
    .map(({ bytes }) => subjectOf(bytes))
    .sort()

/** The note of what has left can't be written until what it gives is called. */
function forbidNote(part: Side): () => void {
  const { mailStore } = part.account
  const { evictions } = mailStore
  assert.ok(evictions)
  const error = new PacketboatError('READ_ONLY', "The note can't be written.", 'Give the right to.')
  const forbidden = { ...evictions, writeNote: () => Promise.reject(error) }
  part.account = { ...part.account, mailStore: { ...mailStore, evictions: forbidden } }
  return () => {
    part.account = { ...part.account, mailStore }
  }
}

describe('where something else is odd', () => {
  it('what a person deletes is deleted, and what may leave leaves', async () => {
    const { part, endpoint, run, letGo } = await makeEvicting()
    await run([])
    putUnreadable(part)
    await run()
    part.mail.person.remove(['INBOX'], locatorOf(part, 'd40'))
    await run()
    assert.deepEqual(subjects(endpoint), ['d1', 'd2', 'd20', 'd30', 'd50'])
    assert.equal((await letGo()).evicted, 3)
    assert.deepEqual(subjects(part), ['d1', 'd2', 'odd'])
    part.mail.person.remove(['INBOX'], locatorOf(part, 'd2'))
    await run()
    assert.deepEqual(subjects(endpoint), ['d1', 'd20', 'd30', 'd50'])
  })

  it('nothing that may have left is deleted of a mailbox that is out of sight when the note is lost', async () => {
    for (const ailment of ['closed', 'broken', 'hidden', 'partial'] as const) {
      const { part, endpoint, run, letGo } = await makeWithOld([3, 70, 80])
      const backup = part.backUp()
      assert.equal((await letGo()).evicted, 6)
      await part.restore(backup)
      part.mail.note = undefined
      part.ailments[ailment].add('Old')
      for (let i = 0; i < 2; i++) await run()
      // What is in sight can be deleted by now.
      part.mail.person.remove(['INBOX'], locatorOf(part, 'd2'))
      await run()
      assert.deepEqual(subjects(endpoint), ['d1', 'd20', 'd30', 'd40', 'd50'], ailment)
      part.ailments.cure()
      part.nowMs += dayMs
      for (let i = 0; i < 3; i++) await run()
      assert.deepEqual(inOld(endpoint), ['old3', 'old70', 'old80'], ailment)
      assert.deepEqual(inOld(part), ['old3'], ailment)
      // And of that one too.
      part.mail.person.remove(['Old'], locatorOf(part, 'old3', ['Old']))
      await run()
      assert.deepEqual(inOld(endpoint), ['old70', 'old80'], ailment)
    }
  })

  it('mail leaves in the next run but one where the note was damaged behind its first line', async () => {
    const { part, run, letGo, inside, isAllThere } = await makeEvicting()
    await run([])
    await run()
    const month = [{ mailboxes: [], keep: { days: 35 } }]
    assert.equal((await letGo({ windows: [month] })).evicted, 2)
    const damage = (): void => {
      part.mail.note = `${part.mail.note?.split('\n')[0]}\nrubbish\n`
    }
    damage()
    const first = await letGo()
    assert.equal(first.evicted, 0)
    assert.deepEqual(first.stays, { note: 2 })
    assert.equal((await letGo()).evicted, 2)
    assert.deepEqual(subjects(part), inside)
    damage()
    await isAllThere()
  })

  it("it is a problem that the note can't be written", async () => {
    const { part, run } = await makeEvicting()
    await run([])
    const allow = forbidNote(part)
    assert.equal((await run()).problems, 1)
    const [problem] = await listProblems(part.account.replica.db)
    assert.equal(problem?.record.reason, "The note can't be written.")
    allow()
    assert.equal((await run()).problems, 0)
  })

  it('and holds up nothing of the run in which mail would leave', async () => {
    const { part, deliver, run, letGo, all } = await makeEvicting()
    await run([])
    await run()
    const allow = forbidNote(part)
    deliver(3)
    const report = await letGo()
    assert.equal(report.evicted, 0)
    assert.equal(report.problems, 1)
    assert.deepEqual(report.stays, { unnoted: 4 })
    assert.deepEqual(subjects(part), [...all, 'd3'].sort())
    allow()
    assert.equal((await letGo()).evicted, 4)
  })
})
