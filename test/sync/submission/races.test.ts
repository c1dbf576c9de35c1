import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cancelSubmission, listSubmissions } from '../../../src/replica/submission/submissions.js'
import { nextTryMs } from '../../../src/sync/submission/next-try.js'
import { sendDue } from '../../../src/sync/submission/send-due.js'
import type { SendSettings } from '../../../src/sync/submission/send-settings.js'
import { type MemorySpool, memorySpool } from '../../world/memory-spool.js'
import { latin, messagesIn, stateOf, subjectOf } from '../../world/shown.js'
import type { Side } from '../../world/side.js'
import { makeStar } from '../../world/star.js'
import { mailing, memoryServer, sendSettings, statesOf } from './sending.js'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const text = (subject: string): string =>
  `From: ann@example.org\r\nTo: bob@example.org\r\nBcc: eve@example.org\r\nSubject: ${subject}\r\nMessage-ID: <${subject}@example.org>\r\n\r\nHello.\r\n`

async function makeSenders() {
  const { endpoint, devices, run } = await makeStar(['a', 'b'], { seed: 12 })
  endpoint.account = { ...endpoint.account, mailing }
  const spools = { a: memorySpool({ owner: 'a' }), b: memorySpool({ owner: 'b' }) }
  const sync = (name: 'a' | 'b' = 'a') => run(devices[name], { spool: spools[name] })
  const server = memoryServer()
  const send = (more: Partial<SendSettings> = {}) =>
    sendDue(endpoint.account, sendSettings(server, more), new AbortController().signal)
  await sync('a')
  await sync('b')
  return { endpoint, ...devices, spool: spools.a, spools, sync, server, send }
}

async function cancelAll({ account: { replica } }: Side): Promise<void> {
  await replica.db.transact(async (tx) => {
    for (const submission of await listSubmissions(tx))
      await cancelSubmission({ tx, replica, origin: { kind: 'local' } }, submission)
  })
}

const putTo = (spool: MemorySpool, subject: string, recipients: readonly string[]): string =>
  spool.put(text(subject), { envelope: { from: 'ann@example.org', recipients } })

describe('sending, with others at it', () => {
  it('knows what it has sent when its clock was wrong for years', async () => {
    const { endpoint, spool, sync, server, send } = await makeSenders()
    const { person } = endpoint.mail
    const gone = person.deliver(['INBOX'], new TextEncoder().encode(text('gone')))
    await sync()
    endpoint.nowMs = 0
    spool.put(text('one'))
    await sync()
    await send()
    person.remove(['INBOX'], gone)
    endpoint.nowMs = 1_790_000_000_000
    await sync('b')
    await sync('b')
    // Its author hasn't heard that it went, and says all anew: it was away for too long, as that clock has it.
    assert.equal((await sync()).healed, 'forgotten')
    await send()
    assert.equal(server.taken.length, 1)
    assert.deepEqual(stateOf(endpoint), { INBOX: [], Sent: ['one \\Seen'] })
  })

  it('lets a try that has begun come to its end, whoever takes the mail back meanwhile', async () => {
    for (const outcome of ['accepted', 'later', 'refused', 'uncertain'] as const) {
      const { a, endpoint, spool, sync, server, send } = await makeSenders()
      server.says = () => outcome
      spool.put(text('one'))
      await sync()
      const submit = server.submit.bind(server)
      let stateInTime = ''
      const submitter = {
        ...server,
        submit: async (...args: Parameters<typeof submit>) => {
          await cancelAll(a)
          await sync()
          stateInTime = (await statesOf(endpoint)).join()
          return submit(...args)
        },
      }
      await send({ submitter })
      await sync()
      await sync()
      assert.equal(stateInTime, 'handing')
      // Too late to stop that try. If it fails, no other one follows.
      const state = { accepted: 'sent', later: 'cancelled', refused: 'refused', uncertain: 'uncertain' }[
        outcome
      ]
      assert.deepEqual([await statesOf(a), await statesOf(endpoint)], [[state], [state]], outcome)
      assert.equal(server.taken.length, outcome === 'accepted' || outcome === 'uncertain' ? 1 : 0)
    }
  })

  it('takes back between two tries what nobody has yet, and hands over no more of it', async () => {
    const { a, endpoint, spool, sync, server, send } = await makeSenders()
    server.says = () => 'later'
    spool.put(text('one'))
    await sync()
    await send()
    await cancelAll(a)
    await sync()
    server.says = () => 'accepted'
    endpoint.nowMs += dayMs
    assert.equal(await send(), undefined)
    await sync()
    assert.deepEqual([await statesOf(a), server.taken], [['cancelled'], []])
  })

  it('takes mail in doubt that its author has handed in again, and that has gone, for sent', async () => {
    const { a, endpoint, spool, sync, server, send } = await makeSenders()
    server.says = () => 'uncertain'
    spool.put(text('one'))
    await sync()
    await send()
    server.says = () => 'accepted'
    spool.put(text('one'))
    await sync()
    await send()
    endpoint.nowMs += hourMs
    await send()
    await sync()
    assert.equal(server.taken.length, 2)
    assert.deepEqual(await statesOf(a), ['sent', 'sent'])
  })

  it('sends what two devices hand in, the same text too, each once and each told of its own', async () => {
    const { a, b, endpoint, spools, sync, server, send } = await makeSenders()
    spools.a.put(text('of a'))
    spools.b.put(text('of b'))
    for (const spool of [spools.a, spools.b]) spool.put(text('of both'))
    await Promise.all([sync('a'), sync('b')])
    await Promise.all([send(), sync('a'), sync('b')])
    await send()
    for (const name of ['a', 'b', 'a', 'b'] as const) await sync(name)
    const subjects = server.taken.map((each) => subjectOf(Buffer.from(each.text)))
    assert.deepEqual(subjects.sort(), ['of a', 'of b', 'of both', 'of both'])
    for (const side of [a, b]) assert.deepEqual(await statesOf(side), ['sent', 'sent'], side.name)
    for (const side of [a, b, endpoint])
      assert.deepEqual(stateOf(side)['Sent'], ['of a \\Seen', 'of b \\Seen', 'of both \\Seen'], side.name)
  })

  // Before which of its steps the endpoint is backed up, before which it comes back, and how often a mail may go then.
  for (const [backedUp, restored, most] of [
    [0, 1, 1],
    [1, 2, 1],
    [0, 3, 2],
    [1, 4, 2],
    [2, 3, 2],
    [3, 4, 1],
  ] as const)
    it(`loses no mail of two devices whose endpoint comes out of a backup: ${backedUp}, ${restored}`, async () => {
      const { a, b, endpoint, spools, sync, server, send } = await makeSenders()
      spools.a.put(text('of a'))
      spools.b.put(text('of b'))
      const steps = [() => sync('a'), () => sync('b'), send, () => sync('a'), () => sync('b')]
      let backup = endpoint.backUp()
      for (const [at, step] of steps.entries()) {
        if (at === backedUp) backup = endpoint.backUp()
        if (at === restored) await endpoint.restore(backup)
        endpoint.account = { ...endpoint.account, mailing }
        await step()
      }
      for (let round = 0; round < 4; round++) {
        await sync('a')
        await sync('b')
        await send()
        endpoint.nowMs += hourMs
      }
      const subjects = server.taken.map((each) => subjectOf(Buffer.from(each.text)))
      for (const subject of ['of a', 'of b']) {
        const times = subjects.filter((each) => each === subject).length
        assert.ok(times >= 1 && times <= most, subjects.join())
      }
      assert.deepEqual([await statesOf(a), await statesOf(b)], [['sent'], ['sent']])
      assert.deepEqual(
        [a, b, endpoint].map((side) => stateOf(side)['Sent']),
        Array(3).fill(['of a \\Seen', 'of b \\Seen']),
      )
    })

  it('delivers to nine of ten, and reports the one who refused', async () => {
    const { a, spool, sync, server, send } = await makeSenders()
    const all = Array.from({ length: 10 }, (_, i) => `r${i}@example.org`)
    server.says = (recipient) => (recipient === 'r4@example.org' ? 'refused' : 'accepted')
    putTo(spool, 'ten', all)
    await sync()
    assert.equal(await send(), undefined)
    await sync()
    assert.deepEqual(
      server.taken.map(({ envelope }) => envelope.recipients),
      [all.filter((each) => each !== 'r4@example.org')],
    )
    assert.deepEqual(stateOf(a), { INBOX: ['Not delivered'], Sent: ['ten \\Seen'] })
    const report = latin(messagesIn(a)[0]?.bytes ?? new Uint8Array())
    assert.deepEqual(report.match(/Final-Recipient: .*?(?=\r?\n)/g), [
      'Final-Recipient: rfc822; r4@example.org',
    ])
  })
})

describe('sending over days', () => {
  /** Sends whenever something is due, until nothing is or this time has come. Returns how often. */
  async function wait(endpoint: Side, send: () => Promise<number | undefined>, untilMs: number) {
    let tries = 0
    for (let next = await send(); next !== undefined && next < untilMs; next = await send()) {
      tries++
      endpoint.nowMs = next
    }
    return tries
  }
  const nextTry: Partial<SendSettings> = { nextTryMs: (tries, ms) => nextTryMs(tries, ms, 5 * dayMs) }

  it('outlasts a server that is away for a day', async () => {
    const { a, endpoint, spool, sync, server, send } = await makeSenders()
    server.says = () => 'later'
    spool.put(text('one'))
    await sync()
    await wait(endpoint, () => send(nextTry), endpoint.nowMs + dayMs)
    assert.deepEqual([await statesOf(endpoint), stateOf(endpoint)], [['waits'], { INBOX: [] }])
    server.says = () => 'accepted'
    endpoint.nowMs += hourMs
    assert.equal(await send(nextTry), undefined)
    await sync()
    assert.deepEqual([await statesOf(a), server.taken.length], [['sent'], 1])
  })

  it('gives up after five days, with one report', async () => {
    const { a, endpoint, spool, sync, server, send } = await makeSenders()
    server.says = () => 'later'
    spool.put(text('one'))
    await sync()
    const begunMs = endpoint.nowMs
    const tries = await wait(endpoint, () => send(nextTry), begunMs + 30 * dayMs)
    const days = (endpoint.nowMs - begunMs) / dayMs
    assert.ok(days >= 5 && days < 5.1, `${days} days`)
    assert.ok(tries > 120 && tries < 130, `${tries} tries`)
    await sync()
    assert.deepEqual([await statesOf(a), stateOf(a)], [['failed'], { INBOX: ['Not delivered'] }])
  })

  it('keeps what is not to go yet through a clock that is set back by a year, and sends it at its time, once', async () => {
    const { a, endpoint, spool, sync, server, send } = await makeSenders()
    const [startMs, yearMs] = [endpoint.nowMs, 365 * dayMs]
    spool.put(text('one'), { notBeforeMs: startMs + 2 * hourMs })
    await sync()
    const nextMs: (number | undefined)[] = []
    for (const nowMs of [startMs, startMs - yearMs, startMs + hourMs, startMs + 2 * hourMs - 60_000]) {
      endpoint.nowMs = nowMs
      await sync()
      nextMs.push(await send(nextTry))
      assert.deepEqual([await statesOf(endpoint), server.taken.length], [['ashore'], 0], String(nowMs))
    }
    assert.deepEqual(nextMs, Array(4).fill(startMs + 2 * hourMs))
    endpoint.nowMs = startMs + 2 * hourMs
    assert.equal(await send(nextTry), undefined)
    // It has gone, and goes no more when that time comes again.
    for (const nowMs of [startMs - yearMs, startMs + yearMs, startMs + 2 * hourMs]) {
      endpoint.nowMs = nowMs
      await sync()
      await send(nextTry)
    }
    assert.deepEqual([await statesOf(a), server.taken.length], [['sent'], 1])
  })

  it('tries again soon after a clock that was a year ahead is right again', async () => {
    const { endpoint, spool, sync, server, send } = await makeSenders()
    server.says = () => 'later'
    const startMs = endpoint.nowMs
    spool.put(text('one'), { notBeforeMs: startMs + 2 * hourMs })
    await sync()
    endpoint.nowMs = startMs + 365 * dayMs
    await send(nextTry)
    assert.deepEqual(await statesOf(endpoint), ['waits'])
    endpoint.nowMs = startMs
    server.says = () => 'accepted'
    const dueMs = (await send(nextTry)) ?? 0
    assert.equal(dueMs, startMs + 2 * hourMs)
    endpoint.nowMs = dueMs
    await send(nextTry)
    assert.deepEqual([await statesOf(endpoint), server.taken.length], [['sent'], 1])
  })

  it('gives nothing up because the clock jumps ahead by a month between two tries', async () => {
    const { a, endpoint, spool, sync, server, send } = await makeSenders()
    server.says = () => 'later'
    spool.put(text('one'))
    await sync()
    await send(nextTry)
    endpoint.nowMs += 30 * dayMs
    await send(nextTry)
    assert.deepEqual(await statesOf(endpoint), ['waits'])
    server.says = () => 'accepted'
    endpoint.nowMs += hourMs
    await send(nextTry)
    await sync()
    assert.deepEqual([await statesOf(a), server.taken.length, stateOf(a)['INBOX']], [['sent'], 1, []])
  })
})

describe('the copy in Sent', () => {
  const bytes = new TextEncoder().encode(text('one'))
  /** How many stand in Sent at the end, by `sent` and by when the mail program files its own. */
  const wanted: readonly [SendSettings['sent'], 'never' | 'before' | 'after', number][] = [
    ['auto', 'never', 1],
    ['auto', 'before', 1],
    ['auto', 'after', 1],
    ['always', 'after', 2],
    ['always', 'never', 1],
    ['always', 'before', 2],
    ['never', 'never', 0],
    ['never', 'before', 1],
    ['never', 'after', 1],
  ]
  for (const [sent, files, copies] of wanted)
    it(`sent = "${sent}" and a program that files ${files === 'never' ? 'none' : `one ${files}`}: ${copies}, with Bcc`, async () => {
      const { a, endpoint, spool, sync, server, send } = await makeSenders()
      const file = async (): Promise<void> => {
        if (!messagesIn(a, ['Sent']).length && !stateOf(a)['Sent']) a.mail.person.createMailbox(['Sent'])
        a.mail.person.deliver(['Sent'], bytes, ['\\Seen'])
      }
      if (files === 'before') await file()
      spool.put(text('one'))
      await sync()
      await send({ sent })
      if (files === 'after') await file()
      for (let i = 0; i < 3; i++) {
        await sync()
        await send({ sent })
      }
      assert.equal(server.taken.length, 1)
      for (const side of [a, endpoint]) {
        const all = messagesIn(side, ['Sent'])
        assert.equal(all.length, copies, side.name)
        for (const copy of all) assert.equal(latin(copy.bytes), text('one'))
      }
    })
})
