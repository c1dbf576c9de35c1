import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ByteReader, ByteWriter } from '../../../src/bytes/varint.js'
import { hasCode } from '../../../src/errors/packetboat-error.js'
import { tables } from '../../../src/replica/tables.js'
import { requestLimits } from '../../../src/sync/policy/limits.js'
import { readWindows, type Window, windowLimits, writeWindows } from '../../../src/sync/policy/window.js'
import { readRequest } from '../../../src/sync/responder/read-request.js'
import { hearShore, nameOfShore, rememberShore } from '../../../src/sync/shore/shore-there.js'
import { createFrameEncoder } from '../../../src/wire/frame-encoder.js'
import { encodeHello, requestKinds } from '../../../src/wire/request-frames.js'
import { encodeShoreFrame, type Shore } from '../../../src/wire/shore-frame.js'
import { guid, helloOf } from '../../world/first-words.js'
import { seededRandom } from '../../world/random.js'
import { makeSide, sha256 } from '../../world/side.js'

const makeEndpoint = () => makeSide('endpoint', { hasUpstream: false, random: seededRandom(3) })

const shoreOf = (...ranges: readonly (readonly [number, number])[]): Shore =>
  new Map([[guid(1), ranges.map(([from, to]) => ({ from, to }))]])

const refused = (error: unknown): boolean => hasCode(error, 'PROTOCOL')

describe('what a device says of its shore', () => {
  it('is so many times, and then no more', async () => {
    const { account } = await makeEndpoint()
    const { encode } = createFrameEncoder(account)
    let frames = 0
    async function* request(): AsyncGenerator<Uint8Array> {
      yield encode(requestKinds.hello, encodeHello(helloOf({ more: true })), 'text')
      for (; frames < 100; frames++)
        yield encode(requestKinds.shore, encodeShoreFrame({ rows: shoreOf([1, frames + 2]) }), 'text')
    }
    await assert.rejects(readRequest(account, request(), { signal: new AbortController().signal }), refused)
    assert.equal(frames, requestLimits.policies)
  })

  it('is remembered up to a size, and the last two of it', async () => {
    const { account } = await makeEndpoint()
    const { db } = account.replica
    const ranges = Array.from({ length: requestLimits.shoreBytes }, (_, i) => ({
      from: 2 * i + 1,
      to: 2 * i + 2,
    }))
    const rows: Shore = new Map([[guid(1), ranges]])
    await assert.rejects(
      db.transact((tx) => hearShore(tx, 'd', { rows }, sha256)),
      refused,
    )
    // What was found here may be more: the device then has to say what it has.
    await db.transact((tx) => rememberShore(tx, 'd', { shore: rows, windows: [] }, sha256))
    assert.equal(await tables.shoreThere.count(db, ['d']), 0)
    for (let i = 2; i < 9; i++)
      await db.transact((tx) => rememberShore(tx, 'd', { shore: shoreOf([1, i]), windows: [] }, sha256))
    assert.equal(await tables.shoreThere.count(db, ['d']), 2)
    for (const last of [7, 8])
      assert.ok(await tables.shoreThere.has(db, 'd', nameOfShore(shoreOf([1, last]), sha256) ?? ''))
  })

  it('counts only from a shore that is known', async () => {
    const { account } = await makeEndpoint()
    const { db } = account.replica
    await db.transact((tx) => hearShore(tx, 'd', { base: '0123456789abcdef', rows: shoreOf([1, 3]) }, sha256))
    assert.equal(await tables.shoreThere.count(db), 0)
  })
})

describe('windows', () => {
  const read = (windows: readonly Window[]): Window[] => {
    const writer = new ByteWriter()
    writeWindows(writer, windows)
    return readWindows(new ByteReader(writer.finish()))
  }
  const window: Window = { mailboxes: ['*'], keep: { days: 3 } }

  it('are so many, with so many patterns each', () => {
    const most = Array.from({ length: windowLimits.windows }, () => window)
    assert.equal(read(most).length, windowLimits.windows)
    assert.throws(() => read([...most, window]), refused)
    const patterns = Array.from({ length: windowLimits.patterns }, () => '*')
    assert.equal(read([{ ...window, mailboxes: patterns }])[0]?.mailboxes.length, windowLimits.patterns)
    assert.throws(() => read([{ ...window, mailboxes: [...patterns, '*'] }]), refused)
  })

  it('are in a unit that is known', () => {
    assert.throws(() => readWindows(new ByteReader(Uint8Array.of(1, 0, 3, 1))), refused)
  })
})
