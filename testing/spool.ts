import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { readRange } from '../src/bytes/source.js'
import { hasCode } from '../src/errors/packetboat-error.js'
import type { FilledSpool, NewMail } from '../src/sync/submission/filled-spool.js'

/** A spool under test, and the clock that it goes by. */
export interface SpoolUnderTest {
  readonly spool: FilledSpool
  /** Lets time pass. */
  readonly wait: (ms: number) => void
}

/** What every spool does. `open` gives an empty one, which goes when the test `t` is over. */
export function spoolConformance(name: string, open: (t: TestContext) => Promise<SpoolUnderTest>): void {
  describe(`${name}, as a spool`, () => {
    it('gives back every byte and all that was said of a mail', async (t) => {
      const { spool } = await open(t)
      const notBeforeMs = 4_000_000_000_000
      const whole: NewMail = {
        envelope: {
          from: 'ann@example.org',
          recipients: ['bob@example.net', '"john doe"@example.net', 'pelé@exämple.net'],
          notify: ['success', 'delay'],
          ret: 'headers',
          envelopeId: 'a: b',
        },
        urgent: true,
        notBeforeMs,
        asIs: true,
      }
      for (const size of [0, 1, 200_000]) {
        const mail = size === 1 ? { ...plain, envelope: { ...plain.envelope, from: '' } } : whole
        const given = await spool.add(mail, inPieces(someBytes(size)))
        const listed = (await spool.list()).find((each) => each.name === given)
        assert.ok(listed)
        const { envelope, urgent, sizeBytes, held } = listed
        assert.deepEqual(envelope, mail.envelope)
        assert.deepEqual(
          [urgent, listed.notBeforeMs, listed.asIs],
          [mail.urgent, mail.notBeforeMs, mail.asIs],
        )
        assert.deepEqual([sizeBytes, held], [size, undefined])
        assert.deepEqual(await readWhole(spool, given), someBytes(size))
      }
    })

    it('lists the oldest first', async (t) => {
      const { spool, wait } = await open(t)
      const names: string[] = []
      for (let i = 0; i < 5; i++) {
        names.push(await add(spool))
        wait(1000)
      }
      const listed = await spool.list()
      assert.deepEqual(
        listed.map((each) => each.name),
        names,
      )
      const times = listed.map(({ queuedMs }) => queuedMs)
      assert.deepEqual(
        times,
        [...times].sort((a, b) => a - b),
      )
    })

    it('has nothing of a mail whose bytes break off', async (t) => {
      const { spool } = await open(t)
      const torn = new Error('no more to come')
      async function* breaking() {
        yield someBytes(100_000)
        throw torn
      }
      await assert.rejects(spool.add(plain, breaking()), (error) => error === torn)
      assert.deepEqual(await spool.list(), [])
    })

    it('reads any range, and at most to the end', async (t) => {
      const { spool } = await open(t)
      const opened = await spool.open(await spool.add(plain, inPieces(someBytes(1000))))
      assert.ok(opened)
      assert.deepEqual(Uint8Array.from(await opened.read(990, 100)), someBytes(1000).subarray(990))
      assert.deepEqual(Uint8Array.from(await opened.read(10, 5)), someBytes(1000).subarray(10, 15))
      assert.equal((await opened.read(1000, 1)).length, 0)
      await opened.close()
    })

    it('keeps what is held until it is released or its time has come', async (t) => {
      const { spool, wait } = await open(t)
      const forever = await spool.add({ ...plain, heldUntil: 'released' }, inPieces(someBytes(9)))
      const [later, before] = [await addHeld(spool, 60_000), await addHeld(spool, 60_000)]
      const now = await add(spool)
      assert.deepEqual(await heldNames(spool), [forever, later, before].sort())
      assert.equal(await spool.open(forever), undefined)
      assert.equal(await spool.open(later), undefined)
      await spool.release(before)
      assert.deepEqual(await heldNames(spool), [forever, later].sort())
      wait(60_001)
      assert.deepEqual(await heldNames(spool), [forever])
      await spool.release(forever)
      assert.deepEqual(await heldNames(spool), [])
      for (const each of [forever, later, before, now]) assert.ok((await readWhole(spool, each)).length > 0)
    })

    it('holds nothing for longer than twice its time, wherever the clock is set', async (t) => {
      const { spool, wait } = await open(t)
      const yearMs = 365 * 86_400_000
      const kept = await spool.add({ ...plain, heldUntil: 'released' }, inPieces(someBytes(9)))
      await addHeld(spool, 60_000)
      wait(-50_000)
      assert.equal((await heldNames(spool)).length, 2)
      wait(-yearMs)
      assert.deepEqual(await heldNames(spool), [kept])
      wait(yearMs)
      assert.equal((await heldNames(spool)).length, 2)
      wait(yearMs)
      assert.deepEqual(await heldNames(spool), [kept])
    })

    it('holds for a while what waits, and what is held', async (t) => {
      const { spool, wait } = await open(t)
      const [one, two] = [await add(spool), await add(spool)]
      const [{ queuedMs } = { queuedMs: 0 }] = await spool.list()
      await spool.hold(one, queuedMs + 60_000)
      await spool.hold(one, queuedMs + 60_000)
      await spool.hold(two)
      assert.deepEqual(await heldNames(spool), [one, two].sort())
      await spool.hold(two, queuedMs + 120_000)
      wait(60_001)
      assert.deepEqual(await heldNames(spool), [two])
      wait(60_001)
      assert.deepEqual(await heldNames(spool), [])
    })

    it('holds what waits, and takes it back', async (t) => {
      const { spool } = await open(t)
      const [kept, gone] = [await add(spool), await add(spool)]
      await spool.hold(kept)
      await spool.hold(kept)
      await spool.takeBack(gone)
      assert.deepEqual(await heldNames(spool), [kept])
      assert.equal((await spool.list()).length, 1)
      await spool.takeBack(kept)
      assert.deepEqual(await spool.list(), [])
    })

    it('neither holds nor takes back what a sync has taken, and gives it again until it is removed', async (t) => {
      const { spool } = await open(t)
      const taken = await add(spool)
      const bytes = await readWhole(spool, taken)
      await assert.rejects(spool.hold(taken), (error) => hasCode(error, 'LOCKED'))
      await assert.rejects(spool.takeBack(taken), (error) => hasCode(error, 'LOCKED'))
      await spool.release(taken)
      assert.deepEqual(await heldNames(spool), [])
      assert.equal((await spool.list()).length, 1)
      assert.deepEqual(await readWhole(spool, taken), bytes)
      await spool.remove(taken)
      await spool.remove(taken)
      assert.deepEqual(await spool.list(), [])
      assert.equal(await spool.open(taken), undefined)
    })

    it('says so of what is not there', async (t) => {
      const { spool } = await open(t)
      const name = await add(spool)
      await spool.remove(name)
      for (const change of [spool.hold, spool.release, spool.takeBack])
        await assert.rejects(change(name), (error) => hasCode(error, 'NOT_FOUND'))
    })
  })

  async function addHeld(spool: FilledSpool, ms: number): Promise<string> {
    const [{ queuedMs } = { queuedMs: 0 }] = await spool.list()
    return spool.add({ ...plain, heldUntil: queuedMs + ms }, inPieces(someBytes(9)))
  }
}

const plain: NewMail = {
  envelope: { from: 'ann@example.org', recipients: ['bob@example.net'] },
  urgent: false,
}

const add = (spool: FilledSpool): Promise<string> => spool.add(plain, inPieces(someBytes(5000)))

async function heldNames(spool: FilledSpool): Promise<string[]> {
  return (await spool.list()).flatMap(({ name, held }) => (held ? [name] : [])).sort()
}

async function readWhole(spool: FilledSpool, name: string): Promise<Uint8Array> {
  const opened = await spool.open(name)
  assert.ok(opened, `${name} can be opened`)
  const chunks: Uint8Array[] = []
  for await (const chunk of readRange(opened)) chunks.push(chunk.slice())
  await opened.close()
  return Uint8Array.from(chunks.flatMap((chunk) => [...chunk]))
}

/** Every byte value, line ends of both kinds, and what looks like the end of an envelope. */
function someBytes(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => (i < 2 ? 10 : (i * 7 + (i >> 8)) & 255))
}

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 60_001) yield bytes.subarray(at, at + 60_001)
}
