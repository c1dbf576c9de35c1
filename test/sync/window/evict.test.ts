import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PacketboatError } from '../../../src/errors/packetboat-error.js'
import { listMailboxes } from '../../../src/replica/mailboxes.js'
import { listProblems } from '../../../src/replica/problems.js'
import { tables } from '../../../src/replica/tables.js'
import { chooseEvictable, type EvictionTerms } from '../../../src/sync/evict/choose-evictable.js'
import { letGoBy } from '../../../src/sync/evict/letting-go.js'
import { sync } from '../../../src/sync/initiator/sync.js'
import { requestLimits } from '../../../src/sync/policy/limits.js'
import type { Window } from '../../../src/sync/policy/window.js'
import { askQuestion, listAsked, takeHits } from '../../../src/sync/search/asked-questions.js'
import { vouchFor } from '../../../src/sync/shore/vouch-for.js'
import { base64Lines, letter as longLetter } from '../../world/letter.js'
import { memoryLink } from '../../world/memory-link.js'
import { seededRandom } from '../../world/random.js'
import { findMessage, locatorOf, messagesIn, subjectOf } from '../../world/shown.js'
import { Crash, makeSide } from '../../world/side.js'
import { everything } from '../../world/star.js'
import { atOnce, dayMs, letter, makeEvicting, makeWithOld, subjects, tenDays } from './evicting.js'

describe('what has fallen out of the window', () => {
  it('leaves this disk, stays at the endpoint, and comes back when the window is wider', async () => {
    const { part, endpoint, run, letGo, all, inside, isAllThere, cost } = await makeEvicting()
    await run([])
    await run()
    assert.deepEqual(subjects(part), all)
    assert.equal((await letGo()).evicted, 4)
    assert.deepEqual(subjects(part), inside)
    assert.deepEqual(subjects(endpoint), all)
    const ashore = await tables.shore.list(part.account.replica.db)
    for await (const { value } of ashore) assert.deepEqual([value.messages, value.ranges.length], [4, 1])
    await run()
    const { up, down } = await cost(() => run())
    assert.ok(up + down < 150, `a sync in which nothing happens costs ${up + down} bytes`)
    assert.equal((await letGo()).evicted, 0)
    await isAllThere()
  })

  it('comes back whole after a cut on its way, also where a tombstone keeps what is known of its content', async () => {
    const { part, endpoint, link, run, letGo, all } = await makeEvicting()
    const long = longLetter('d60', { text: base64Lines(1, 30_000) })
    endpoint.mail.person.deliver(['INBOX'], long, ['\\Seen'], endpoint.nowMs - 60 * dayMs)
    part.mail.person.createMailbox(['Hidden'])
    await run([])
    const copy = part.mail.person.copy(['INBOX'], locatorOf(part, 'd60'), ['INBOX'])
    await run([])
    // While a mailbox can't be read, nothing that is gone is forgotten.
    part.ailments.hidden.add('Hidden')
    part.mail.person.remove(['INBOX'], copy)
    await run([])
    await run()
    assert.equal((await letGo()).evicted, 5)
    link.cutAfter({ down: 20_000 })
    await assert.rejects(run([]), { code: 'LINK_FAILED' })
    for (let i = 0; i < 2; i++) await run([])
    const partly = []
    for await (const { value } of tables.content.list(part.account.replica.db))
      if (!value.whole) partly.push(value.id)
    assert.deepEqual([subjects(part), partly], [[...all, 'd60'], []])
  })

  it('comes back when it is asked for and taken, stays, and can be deleted', async () => {
    const { part, endpoint, run, letGo, inside, all } = await makeEvicting()
    const { db } = part.account.replica
    await run([])
    await run()
    await letGo()
    await askQuestion(db, { text: 'subject:d30', most: 5, askedMs: 0 }, { again: false })
    await run()
    await takeHits(db, (await listAsked(db)).at(-1)?.answer?.hits?.entries ?? [])
    await run()
    assert.deepEqual(subjects(part), [...inside, 'd30'])
    await letGo()
    assert.deepEqual(subjects(part), [...inside, 'd30'])
    part.mail.person.remove(['INBOX'], locatorOf(part, 'd30'))
    await run()
    await run()
    assert.deepEqual(
      subjects(endpoint),
      all.filter((each) => each !== 'd30'),
    )
  })

  it('stays where what is ashore is in so many pieces that an endpoint could hardly name more', async () => {
    const { part, run, letGo } = await makeEvicting()
    await run([])
    await run()
    const { db } = part.account.replica
    const holes = (count: number) =>
      Array.from({ length: count }, (_, i) => ({ from: 2 * i + 1, to: 2 * i + 2 }))
    const inbox = (await listMailboxes(db))[0]?.guid ?? ''
    const evictable = async (mailbox: string, pieces: number) => {
      const row = { ranges: holes(pieces), messages: pieces, bytes: 0, told: true }
      await db.transact(async (tx) => tables.shore.put(tx, mailbox, row))
      const { count, stays } = await chooseEvictable(part.account, atOnce, ['*'])
      await db.transact(async (tx) => tables.shore.delete(tx, mailbox))
      assert.deepEqual(stays, count === 0 ? { torn: 4 } : {})
      return count
    }
    assert.deepEqual([await evictable(inbox, 9999), await evictable(inbox, 10_000)], [4, 0])
    assert.deepEqual([await evictable('other', 99_999), await evictable('other', 100_000)], [4, 0])
    assert.equal((await letGo()).evicted, 4)
  })

  it("is nobody's deletion when an older database is restored", async () => {
    for (const isNoteLost of [false, true]) {
      const { part, run, letGo, isAllThere } = await makeEvicting()
      await run([])
      await run()
      const backup = part.backUp()
      await letGo()
      await part.restore(backup)
      if (isNoteLost) part.mail.note = undefined
      await isAllThere()
    }
  })

  it('nor when database and note are restored together, from before it left, without the mail', async () => {
    for (const [syncs, flags] of [[0], [1], [2], [1, ['\\Seen', '\\Answered']]] as const) {
      const { part, run, letGo, isAllThere } = await makeEvicting({ pairing: 'of part' })
      await run([])
      await run()
      const backup = part.backUp()
      const { note } = part.mail
      await letGo()
      if (flags) part.mail.person.setFlags(['INBOX'], locatorOf(part, 'd1'), [...flags])
      for (let i = 0; i < syncs; i++) await run()
      await part.restore(backup)
      part.mail.note = note
      await isAllThere()
    }
  })

  it('is deleted at the endpoint when it has come back, whatever answers were lost since', async () => {
    const { part, endpoint, deliver, run, letGo, all, link } = await makeEvicting()
    await run([])
    await run()
    await letGo()
    await run()
    await run([])
    for (const daysOld of [3, 4]) {
      deliver(daysOld)
      link.cutAfter({ down: 0 })
      await assert.rejects(run([]))
      link.cutAfter({})
    }
    part.mail.person.remove(['INBOX'], locatorOf(part, 'd30'))
    await run([])
    assert.deepEqual(subjects(endpoint), [...all, 'd3', 'd4'].filter((each) => each !== 'd30').sort())
  })

  it('nor when that is from before the window', async () => {
    for (const isNoteLost of [false, true]) {
      const { part, run, letGo, isAllThere } = await makeEvicting()
      await run([])
      const backup = part.backUp()
      await run()
      await letGo()
      await part.restore(backup)
      if (isNoteLost) part.mail.note = undefined
      await isAllThere()
    }
  })

  it('nor when that is from before it could leave', async () => {
    for (const before of [[], ['\\Seen', '\\Flagged'], ['\\Seen', '\\Draft'], ['\\Seen', '\\Deleted']])
      for (const knowsWindow of [true, false]) {
        const { part, run, letGo, isAllThere } = await makeEvicting()
        const mark = (flags: string[]) => {
          for (const daysOld of [20, 30, 40, 50])
            part.mail.person.setFlags(['INBOX'], locatorOf(part, `d${daysOld}`), flags)
        }
        await run([])
        mark(before)
        await run(knowsWindow ? tenDays : [])
        const backup = part.backUp()
        mark(['\\Seen'])
        await run()
        assert.equal((await letGo()).evicted, 4)
        await part.restore(backup)
        part.mail.note = undefined
        await isAllThere()
      }
  })

  it('nor when that knows it by another name than the endpoint has given it since', async () => {
    const random = seededRandom(12)
    const top = await makeSide('top', { hasUpstream: false, random })
    const relay = await makeSide('relay', { hasUpstream: true, random })
    const part = await makeSide('part', { hasUpstream: true, random })
    const all = ['d1', 'd20', 'd30', 'd40', 'd50']
    for (const { mail, nowMs } of [top, relay])
      for (const subject of all)
        mail.person.deliver(['INBOX'], letter(subject), ['\\Seen'], nowMs - Number(subject.slice(1)) * dayMs)
    const up = () => sync(relay.account, { link: memoryLink(() => top.account), policy: everything })
    const link = memoryLink(() => relay.account)
    const run = (evict?: EvictionTerms) =>
      sync(part.account, {
        link,
        policy: { ...everything, windows: evict ? tenDays : [] },
        ...(evict && { evict: letGoBy(evict) }),
      })
    await run()
    await run({ ...atOnce, windows: [] })
    const backup = part.backUp()
    for (const each of [up, up, run]) await each()
    assert.equal((await run(atOnce)).evicted, 4)
    await part.restore(backup)
    for (const each of [run, run, up, run]) await each()
    for (const side of [top, relay, part]) assert.deepEqual(subjects(side), all, side.name)
  })

  it('nor when only the note is lost, or is older than the database', async () => {
    for (const older of [true, false]) {
      const { part, run, letGo, isAllThere } = await makeEvicting()
      await run([])
      await run()
      const { note } = part.mail
      await letGo()
      part.mail.note = older ? note : undefined
      await isAllThere()
    }
  })

  it('nor when it has come back, and the mail is restored from a time when it was gone', async () => {
    const { part, run, letGo, inside, isAllThere } = await makeEvicting()
    await run([])
    await run()
    await letGo()
    const { note } = part.mail
    await run([])
    await run([])
    for (const daysOld of [20, 30, 40, 50]) part.mail.person.remove(['INBOX'], locatorOf(part, `d${daysOld}`))
    part.mail.note = note
    assert.deepEqual(subjects(part), inside)
    await isAllThere()
  })

  it('nor when a database is restored that knows the note before the one that was lost', async () => {
    const { part, run, letGo, isAllThere } = await makeEvicting()
    await run([])
    await run()
    const backup = part.backUp()
    await letGo()
    part.mail.note = undefined
    await run()
    assert.notEqual(part.mail.note, undefined)
    await part.restore(backup)
    await isAllThere()
  })

  it('nor when the database is lost', async () => {
    const { part, run, letGo, isAllThere } = await makeEvicting()
    await run([])
    await run()
    await letGo()
    await part.loseDatabase()
    await isAllThere()
  })

  it('nor when the endpoint has lost its own, or has an older one', async () => {
    for (const isOlder of [true, false]) {
      const { endpoint, run, letGo, isAllThere } = await makeEvicting()
      await run([])
      await run()
      const backup = endpoint.backUp()
      await letGo()
      if (isOlder) await endpoint.restore(backup)
      else await endpoint.loseDatabase()
      await isAllThere()
    }
  })

  it('nor when the process dies or the power goes at any step', async () => {
    for (const power of [false, true])
      for (let step = 1, crashed = true; crashed; step++) {
        const { part, run, letGo, isAllThere } = await makeEvicting()
        await run([])
        await run()
        part.crashAt(step)
        crashed = await letGo().then(
          () => false,
          (error: unknown) => error instanceof Crash || assert.fail(String(error)),
        )
        part.crashAt(undefined)
        if (crashed) await part.restart({ power })
        await isAllThere()
      }
  })

  it('nor when its mailbox is deleted, and an older database is restored', async () => {
    for (const isNoteLost of [false, true]) {
      const { part, endpoint, run, letGo } = await makeWithOld([1, 70, 80])
      const backup = part.backUp()
      await letGo()
      part.mail.person.deleteMailbox(['Old'])
      await part.restore(backup)
      if (isNoteLost) part.mail.note = undefined
      for (let i = 0; i < 3; i++) await run()
      const left = messagesIn(endpoint, ['Old']).map(({ bytes }) => subjectOf(bytes))
      for (const subject of ['old70', 'old80']) assert.ok(left.includes(subject), `${subject} is gone`)
    }
  })

  it("says why the note can't be read, and deletes nothing that might be in it", async () => {
    const { part, endpoint, run, letGo, all } = await makeEvicting()
    await run([])
    await run()
    await letGo()
    const { evictions } = part.account.mailStore
    assert.ok(evictions)
    const error = new PacketboatError('MAILBOX_UNREADABLE', 'The note is locked.', 'Unlock it.')
    const readNote = () => Promise.reject(error)
    part.account = {
      ...part.account,
      mailStore: { ...part.account.mailStore, evictions: { ...evictions, readNote } },
    }
    part.mail.person.remove(['INBOX'], locatorOf(part, 'd1'))
    assert.equal((await run()).problems, 1)
    assert.deepEqual(subjects(endpoint), all)
    const [problem] = await listProblems(part.account.replica.db)
    assert.equal(problem?.record.reason, 'The note is locked.')
  })

  it('is deleted at the endpoint when somebody deletes it after it has come back', async () => {
    const { part, endpoint, run, letGo, all } = await makeEvicting()
    await run([])
    await run()
    await letGo()
    await run([])
    assert.deepEqual(subjects(part), all)
    part.mail.person.remove(['INBOX'], locatorOf(part, 'd40'))
    await run([])
    assert.ok(!subjects(endpoint).includes('d40'))
  })

  it('and then too when an older database learns from the note of what went since', async () => {
    const { part, endpoint, run, letGo } = await makeEvicting()
    await run([])
    await run()
    await letGo()
    await run([])
    await run()
    const backup = part.backUp()
    await letGo({ afterMs: 25 * dayMs })
    await part.restore(backup)
    part.mail.person.remove(['INBOX'], locatorOf(part, 'd20'))
    await run()
    assert.deepEqual(subjects(endpoint), ['d1', 'd2', 'd30', 'd40', 'd50'])
  })

  it('and what is inside when somebody deletes that, after as before', async () => {
    const { part, endpoint, run, letGo } = await makeEvicting()
    await run()
    await letGo()
    part.mail.person.remove(['INBOX'], locatorOf(part, 'd1'))
    await run()
    assert.ok(!subjects(endpoint).includes('d1'))
    part.mail.note = undefined
    await run()
    part.mail.person.remove(['INBOX'], locatorOf(part, 'd2'))
    await run()
    assert.ok(!subjects(endpoint).includes('d2'))
  })

  it('is the same message when somebody puts its file back, and stays', async () => {
    const { part, endpoint, run, letGo, all, inside } = await makeEvicting()
    await run([])
    await run()
    const { bytes, guid, locator, flags, internalDateMs } = findMessage(part, 'd40')
    assert.ok(guid)
    await letGo()
    part.mail.person.putBack(['INBOX'], locator, { bytes, guid, flags, internalDateMs })
    await run()
    await run()
    assert.deepEqual(subjects(endpoint), all)
    assert.deepEqual(subjects(part), [...inside, 'd40'])
    await letGo()
    assert.deepEqual(subjects(part), [...inside, 'd40'])
    endpoint.mail.person.setFlags(['INBOX'], locatorOf(endpoint, 'd40'), ['\\Flagged', '\\Seen'])
    await run()
    assert.deepEqual(findMessage(part, 'd40').flags, ['\\Flagged', '\\Seen'])
    part.mail.person.remove(['INBOX'], locatorOf(part, 'd40'))
    await run()
    assert.ok(!subjects(endpoint).includes('d40'))
  })

  it('stays when it is important, unread, answered by what is inside, from elsewhere, or read lately', async () => {
    const { part, deliver, run, letGo } = await makeEvicting()
    deliver(60, { flags: ['\\Flagged', '\\Seen'] })
    deliver(61, { flags: [] })
    deliver(62, { flags: ['\\Draft', '\\Seen'] })
    deliver(63)
    deliver(3, { answers: 'd63' })
    await run([])
    deliver(64, {}, part)
    await run([])
    await run()
    part.mail.person.read(['INBOX'], locatorOf(part, 'd50'), part.nowMs)
    const { count } = await chooseEvictable(part.account, atOnce, [])
    assert.equal(count, 3, 'what stays anyway is not asked about')
    await letGo()
    const stay = ['d1', 'd2', 'd3', 'd50', 'd60', 'd61', 'd62', 'd63', 'd64']
    assert.deepEqual(subjects(part), stay)
  })

  it('stays while a clock that is wrong says that it is old', async () => {
    const { part, run, letGo, inside, all } = await makeEvicting()
    await run([])
    await run()
    part.nowMs += 1000 * dayMs
    await letGo({ afterMs: 15 * dayMs })
    assert.deepEqual(subjects(part), [...inside, 'd20'])
    part.nowMs -= 3000 * dayMs
    await letGo({ afterMs: 0, unreadForMs: 0 })
    assert.deepEqual(subjects(part), [...inside, 'd20'])
    await run([])
    assert.deepEqual(subjects(part), all)
  })

  it('stays when some other link holds it', async () => {
    const { part, run, letGo, all } = await makeEvicting()
    await run([])
    await run()
    const month: readonly Window[] = [{ mailboxes: [], keep: { days: 35 } }]
    await letGo({ windows: [tenDays, month] })
    assert.deepEqual(subjects(part), ['d1', 'd2', 'd20', 'd30'])
    await letGo({ windows: [tenDays, []] })
    assert.deepEqual(subjects(part), ['d1', 'd2', 'd20', 'd30'])
    await run([])
    assert.deepEqual(subjects(part), all)
  })

  it("stays when the endpoint can't show all of it just now", async () => {
    const { part, endpoint, run, letGo, inside } = await makeEvicting()
    await run([])
    await run()
    endpoint.ailments.unreadable.add(`INBOX/${locatorOf(endpoint, 'd30')}`)
    await letGo()
    assert.deepEqual(subjects(part), [...inside, 'd30'])
  })

  it('stays where nobody has asked for it, and waits for its time', async () => {
    const { part, run, all, letGo } = await makeEvicting()
    await run([])
    await run()
    await run()
    assert.deepEqual(subjects(part), all)
    await letGo({ afterMs: 25 * dayMs })
    assert.deepEqual(subjects(part), ['d1', 'd2', 'd20', 'd30'])
  })

  it('goes before its time, the oldest first, where the mail here takes more than it may', async () => {
    const { part, run, letGo, all } = await makeEvicting()
    await run([])
    await run()
    const sizes = messagesIn(part).map(({ bytes }) => bytes.length)
    const takes = sizes.reduce((sum, size) => sum + size, 0)
    const never = { afterMs: Number.POSITIVE_INFINITY }
    await letGo({ ...never, budgetBytes: takes })
    assert.deepEqual(subjects(part), all)
    await letGo({ ...never, budgetBytes: takes - 1 })
    assert.deepEqual(subjects(part), ['d1', 'd2', 'd20', 'd30', 'd40'])
    await letGo({ ...never, budgetBytes: 0 })
    assert.deepEqual(subjects(part), ['d1', 'd2'])
  })

  it('goes in a run that may take so many bytes, too, and waits where few of them are left', async () => {
    const { part, run, all, inside } = await makeEvicting()
    await run([])
    await run()
    const letting = letGoBy(atOnce)(part.account, { policy: { select: [] } })
    assert.deepEqual(await letting.choose(100), {})
    assert.equal((await letting.choose(5000)).vouch?.size, 1)
    assert.deepEqual(subjects(part), all)
    await run(tenDays, { evict: letGoBy(atOnce), bytesLeft: () => 5000 })
    assert.deepEqual(subjects(part), inside)
  })

  it('stays on who has devices of its own', async () => {
    const { part, run, all, letGo } = await makeEvicting()
    await run([])
    await run()
    await part.account.replica.db.transact(async (tx) =>
      tables.device.put(tx, 'ab'.repeat(16), { applied: 0, nonce: 0, tokens: [], acknowledged: 0 }),
    )
    await letGo()
    assert.deepEqual(subjects(part), all)
  })

  it('goes on when the line is cut anywhere', async () => {
    for (let at = 20; ; at += 23) {
      const { part, link, run, letGo, isAllThere, inside } = await makeEvicting()
      await run([])
      await run()
      link.cutAfter({ down: at })
      const wasCut = await letGo().then(
        () => false,
        () => true,
      )
      link.cutAfter({})
      await letGo()
      assert.deepEqual(subjects(part), inside)
      await isAllThere()
      if (!wasCut) break
    }
  })

  it('is asked about in bounds: an endpoint looks at so many messages of a request', async () => {
    const { endpoint, run } = await makeEvicting()
    const path = ['Many']
    endpoint.mail.person.createMailbox(path)
    for (let i = 0; i < requestLimits.vouched + 10; i++)
      endpoint.mail.person.deliver(path, letter(`m${i}`), ['\\Seen'], 1_000_000_000_000)
    await run()
    const { account } = endpoint
    const mailbox = (await listMailboxes(account.replica.db)).find(({ path: [name] }) => name === 'Many')
    assert.ok(mailbox)
    const asked = new Map([[mailbox.guid, [{ from: 1, to: 1_000_000 }]]])
    const request = {
      policy: { ...everything, windows: tenDays },
      window: { nowMs: endpoint.nowMs, windowsMoved: false },
    }
    const vouched = await vouchFor(account, asked, request)
    const sum = (vouched.get(mailbox.guid) ?? []).reduce((all, { from, to }) => all + to - from, 0)
    assert.equal(sum, requestLimits.vouched)
  })
})
