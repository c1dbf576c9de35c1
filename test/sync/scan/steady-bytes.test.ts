import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasCode } from '../../../src/errors/packetboat-error.js'
import { identifyFile } from '../../../src/sync/scan/identify-file.js'
import { letter } from '../../world/letter.js'
import { makePair } from '../../world/star.js'

/** A file that somebody writes into while it is taken apart: it is described as it was, or as it is, or left for the next sync. */

const inbox = ['INBOX']
const latin = (bytes: Uint8Array): string => new TextDecoder('latin1').decode(bytes)

/** As many bytes as before: no base64 any more, and another subject and text. */
const changed = (bytes: Uint8Array): Uint8Array =>
  Buffer.from(
    latin(bytes).replace('Subject: one', 'Subject: two').replace('See it', 'Saw it'),
    'latin1',
  ).with(bytes.length - 100, 33)

for (const [size, bytes] of [
  ['small', 3000],
  ['large', 200_000],
] as const)
  test(`a ${size} file that is written into at any of its reads is never described by two states of it`, async () => {
    const before = letter('one', { text: 'See it.', attachments: [{ seed: 5, bytes, name: 'a.png' }] })
    const ends = new Set<string>()
    let isOver = false
    for (let at = 1; !isOver; at++) {
      const { endpoint } = await makePair({ seed: 4 })
      const { account, ailments, mail } = endpoint
      const locator = mail.person.deliver(inbox, before)
      const identify = (): ReturnType<typeof identifyFile> =>
        identifyFile(account, inbox, { locator, flags: [] })
      const first = await identify()
      const [stored] = mail.snapshot().get('INBOX') ?? []
      assert.ok(stored)
      let reads = 0
      ailments.beforeRead = () => {
        if (++reads === at) mail.person.putBack(inbox, locator, { ...stored, bytes: changed(before) })
      }
      const found = await identify().catch((error) => {
        assert.ok(hasCode(error, 'MESSAGE_CHANGED'), `${error}`)
      })
      ailments.beforeRead = undefined
      isOver = reads < at
      const second = await identify()
      if (found === undefined) ends.add('left')
      else if (isOver) assert.deepEqual(found, first)
      else {
        const state = JSON.stringify(found)
        assert.ok(
          [first, second].some((each) => JSON.stringify(each) === state),
          `read ${at} of ${size}: ${state}`,
        )
        ends.add(state === JSON.stringify(first) ? 'before' : 'after')
      }
    }
    assert.ok(ends.has(size === 'small' ? 'after' : 'left'), [...ends].join())
  })
