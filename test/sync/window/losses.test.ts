import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { declareDeviceLost } from '../../../src/replica/devices.js'
import { readReplicaRecord } from '../../../src/replica/replica.js'
import type { Window } from '../../../src/sync/policy/window.js'
import { messagesIn, subjectOf } from '../../world/shown.js'
import type { Side } from '../../world/side.js'
import { everything, makeStar } from '../../world/star.js'

const dayMs = 86_400_000
const tenDays: readonly Window[] = [{ mailboxes: [], keep: { days: 10 } }]

const subjects = (side: Side): string[] =>
  messagesIn(side)
    .map(({ bytes }) => subjectOf(bytes))
    .sort()

/** A device that holds ten days of mail and one that holds all of it: d1 and d2 are inside, d100 to d104 are not. */
async function makeAccount() {
  const star = await makeStar(['part', 'whole'], { seed: 9 })
  const { endpoint, devices, link } = star
  const deliver = (subject: string, daysOld: number): string =>
    endpoint.mail.person.deliver(
      ['INBOX'],
      new TextEncoder().encode(
        `From: ann@example.org\r\nSubject: ${subject}\r\nMessage-ID: <${subject}@example.org>\r\n\r\n${subject}.\r\n`,
      ),
      ['\\Seen'],
      endpoint.nowMs - daysOld * dayMs,
    )
  for (const daysOld of [1, 2, 100, 101, 102, 103, 104]) deliver(`d${daysOld}`, daysOld)
  const run = (windows: readonly Window[] = tenDays) =>
    star.run(devices.part, { policy: { ...everything, windows } })
  const all = ['d1', 'd100', 'd101', 'd102', 'd103', 'd104', 'd2']
  return { endpoint, ...devices, link, deliver, run, runWhole: () => star.run(devices.whole), all }
}

describe('a window, when memory is lost', () => {
  it('costs nothing and nobody when the device is set up anew over its mail', async () => {
    const { part, endpoint, run, all } = await makeAccount()
    await run([])
    await part.loseDatabase()
    for (let i = 0; i < 3; i++) await run()
    assert.deepEqual(subjects(endpoint), all)
    assert.deepEqual(subjects(part), all)
    assert.equal(part.mail.aside.length, 0)
  })

  it('keeps at the device what it had from outside, when it was given up and comes back', async () => {
    const { part, endpoint, run, runWhole, deliver, all } = await makeAccount()
    const gone = deliver('gone', 1)
    await run([])
    await runWhole()
    endpoint.mail.person.remove(['INBOX'], gone)
    const { device } = await readReplicaRecord(part.account.replica.db)
    await endpoint.account.replica.db.transact((tx) => declareDeviceLost(tx, device))
    for (let i = 0; i < 3; i++) await runWhole()
    assert.equal((await run()).healed, 'forgotten')
    for (let i = 0; i < 2; i++) await run()
    assert.deepEqual(subjects(endpoint), all)
    assert.deepEqual(subjects(part), all)
  })

  it('is found again by the endpoint when that loses its own', async () => {
    const { part, endpoint, run, all } = await makeAccount()
    await run()
    await endpoint.loseDatabase()
    for (let i = 0; i < 3; i++) await run()
    assert.deepEqual(subjects(endpoint), all)
    assert.deepEqual(subjects(part), ['d1', 'd2'])
    await run([])
    assert.deepEqual(subjects(part), all)
  })

  it('goes on wherever the line is cut', async () => {
    let cuts = 0
    for (let at = 20; ; at += 37) {
      const { part, endpoint, link, run, deliver, all } = await makeAccount()
      await run()
      deliver('new', 0)
      link.cutAfter({ down: at })
      const wasCut = await run([{ mailboxes: [], keep: { messages: 5 } }]).then(
        () => false,
        () => true,
      )
      link.cutAfter({})
      if (wasCut) cuts++
      await run()
      await run([])
      assert.deepEqual(subjects(part), [...all, 'new'], `cut after ${at}`)
      assert.deepEqual(subjects(endpoint), [...all, 'new'], `cut after ${at}`)
      if (!wasCut) break
    }
    assert.ok(cuts > 5)
  })
})
