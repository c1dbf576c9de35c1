import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Cursor, MessageRecord } from '../../../src/replica/records.js'
import { type Telling, tellingOf } from '../../../src/sync/responder/plan-changes.js'

const message: MessageRecord = {
  guid: 'a',
  mailbox: 'box',
  number: 4,
  upstream: 0,
  uid: 4,
  content: 'c',
  flags: [],
  internalDateMs: 0,
  created: 5,
  modseq: 20,
  hidden: false,
  expunged: false,
}
/** It has heard of everything up to 10, but for number 7. */
const cursor: Cursor = {
  log: 10,
  structure: 0,
  mailboxes: { box: { log: 10, missing: [{ from: 7, to: 8 }] } },
}

const nowhere: Cursor = { log: 0, structure: 0, mailboxes: {} }

const rows: readonly [
  what: string,
  change: Partial<MessageRecord>,
  told: readonly (keyof Telling)[],
  more?: { readonly met?: boolean; readonly adopted?: boolean; readonly isNew?: boolean },
][] = [
  ['flagged by somebody else', {}, ['flags']],
  ['flagged by the device itself, which has heard of all before', { echo: { device: 'd', base: 9 } }, []],
  ['flagged by the device, when it had not heard of all', { echo: { device: 'd', base: 11 } }, ['flags']],
  ['given another UID', { renumbered: 15 }, ['flags', 'uid']],
  ['given another UID that the device has heard of', { renumbered: 9 }, ['flags']],
  ['new', { created: 15 }, ['news']],
  ['missing at the device', { number: 7 }, ['news']],
  ['made by the device, which has not heard its number', { origin: 'd', created: 15 }, ['numbered']],
  ['made by the device, and told to it', { origin: 'd' }, ['flags']],
  ['made by another device', { origin: 'e', created: 15 }, ['news']],
  ['expunged by somebody else', { expunged: true }, ['expunged']],
  ['expunged by the device itself', { expunged: true, echo: { device: 'd', base: 9 } }, []],
  [
    'made by the device and expunged since',
    { origin: 'd', created: 15, expunged: true },
    ['numbered', 'expunged'],
  ],
  ['expunged, for a device that was never here', { expunged: true }, [], { met: false, isNew: true }],
  [
    'expunged, for a device that was never here before this answer, which has told of its mailbox',
    { expunged: true },
    ['expunged'],
    { met: false },
  ],
  [
    'expunged, for a device that was never here and has shown that it has it',
    { expunged: true },
    ['numbered', 'expunged'],
    { met: false, adopted: true, isNew: true },
  ],
]

for (const [what, change, told, { met = true, adopted = false, isNew = false } = {}] of rows)
  test(`of a message that was ${what} a device is told ${told.join(' and ') || 'nothing'}`, () => {
    const telling = tellingOf(
      { ...message, ...change },
      { device: 'd', cursor: isNew ? nowhere : cursor, met },
      adopted,
    )
    const said = Object.entries(telling).flatMap(([name, is]) => (is ? [name] : []))
    assert.deepEqual(said.sort(), [...told].sort())
  })
