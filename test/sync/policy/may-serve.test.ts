import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Envelope } from '../../../src/mime/headers/envelope.js'
import { encodeEnvelope } from '../../../src/mime/headers/envelope-codec.js'
import { putContent } from '../../../src/replica/content/contents.js'
import {
  mayServe,
  mayServeContent,
  SaidParts,
  type SharedHistory,
} from '../../../src/sync/policy/shared-history.js'
import { open } from '../../replica/records/open.js'
import { id } from '../../replica/world.js'

const envelope = (from: readonly string[], more: Partial<Envelope> = {}): Envelope => ({
  from: from.map((address) => ({ address })),
  to: [],
  cc: [],
  ...more,
})
const [ann, bob] = ['ann@example.org', 'bob@example.org']

for (const [what, coming, held, serves] of [
  ['of the same sender', envelope([ann]), envelope([ann]), true],
  ['whatever the case', envelope(['Ann@Example.org']), envelope([ann]), true],
  ['of another sender', envelope([ann]), envelope([bob]), false],
  ['of the same two senders', envelope([ann, bob]), envelope([bob, ann]), true],
  ['of one of two senders', envelope([ann, bob]), envelope([ann]), false],
  ['of nobody, either way', envelope([]), envelope([]), false],
  ['that it answers', envelope([ann], { inReplyTo: 'x' }), envelope([bob], { messageId: 'x' }), true],
  [
    'that it refers to',
    envelope([ann], { inReplyTo: 'z', references: ['w', 'x'] }),
    envelope([bob], { messageId: 'x' }),
    true,
  ],
  [
    'that it does not answer',
    envelope([ann], { inReplyTo: 'y' }),
    envelope([bob], { messageId: 'x' }),
    false,
  ],
  ['without an id, which it does not answer', envelope([ann]), envelope([bob]), false],
] as const)
  test(`mail ${what} may save bytes of one that comes, or not`, async () => {
    assert.equal(mayServe('correspondent', coming, held), serves)
    assert.equal(mayServe('all', coming, held), true)
    assert.equal(mayServe('off', coming, held), false)
    const { replica, change } = await open()
    await change(async ({ tx }) => {
      const record = { sizeBytes: 1, held: [], whole: false, progress: 0, upstreamHas: false }
      putContent(tx, { ...record, id: id('coming'), envelope: encodeEnvelope(coming) })
      putContent(tx, { ...record, id: id('held'), envelope: encodeEnvelope(held) })
      putContent(tx, { ...record, id: id('unread') })
    })
    const may = (shared: SharedHistory, by: string, of = 'coming') =>
      mayServeContent(replica.db, shared, id(of), id(by))
    assert.equal(await may('correspondent', 'held'), serves)
    assert.equal(await may('off', 'held'), false)
    for (const unknown of ['unread', 'nowhere']) {
      assert.equal(await may('correspondent', unknown), false)
      assert.equal(await may('correspondent', 'held', unknown), false)
      assert.equal(await may('all', unknown), true)
    }
    for (const shared of ['all', 'correspondent', 'off'] as const)
      assert.equal(await may(shared, 'unread', 'unread'), true)
  })

test('a part that an answer has brought is remembered in 20 contents', async () => {
  const { replica } = await open()
  const own = (last: number) => {
    const said = new SaidParts(replica.db, 'off')
    for (let n = 0; n <= last; n++) for (let times = 0; times < 2; times++) said.add('digest', id(`c${n}`))
    return said.serves('digest', id(`c${last}`))
  }
  // With "off" a content serves itself alone, if it is remembered.
  assert.equal(await own(0), true)
  assert.equal(await own(19), true)
  assert.equal(await own(20), false)
  const said = new SaidParts(replica.db, 'all')
  assert.equal(await said.serves('digest', id('a')), false)
  said.add('digest', id('b'))
  assert.equal(await said.serves('digest', id('a')), true)
  assert.equal(await said.serves('another', id('a')), false)
})
