import { type Conflict, conflictKinds } from '../../../src/replica/conflict.js'
import { outcomes, submissionStates } from '../../../src/replica/submission/submission.js'
import type { Accept, HeldBack, Lost } from '../../../src/wire/response/accept-frame.js'
import type { Hits } from '../../../src/wire/response/hits-frame.js'
import { refusalCodes } from '../../../src/wire/response/refusal-frame.js'
import type { RowsOf } from './codecs.js'
import { guid, neighbour } from './guids.js'

const least: Accept = {
  upstream: guid('upstream'),
  applied: 300,
  needsPolicy: false,
  results: [],
  pending: [],
  heldBack: [],
}

const problem = {
  code: 'MESSAGE_UNREADABLE',
  mailbox: 'INBOX',
  reason: 'reason',
  next: 'next',
  sinceMs: 1_793_610_065_000,
}
const heldBack: HeldBack = { mailbox: guid('held'), gone: 40, of: 50 }
const lost = (what: Lost): Accept => ({ ...least, lost: what })

export const acceptRows: RowsOf<'accept'> = {
  'as little as can be': least,
  'the policy is not known': { ...least, needsPolicy: true },
  'lost: journal': lost('journal'),
  'lost: cursor': lost('cursor'),
  'lost: forgotten': lost('forgotten'),
  token: { ...least, token: 0x90807060 },
  trouble: { ...least, trouble: 'The mail server is away.' },
  'problems, by name': { ...least, problems: { name: 0x01020304, total: 300 } },
  'problems, told': {
    ...least,
    problems: { name: 5, total: 2, told: [problem, { ...problem, item: 'cur/1', code: 'OTHER' }] },
  },
  results: { ...least, results: [{ kind: 'no-source', number: 7, guid: guid('copy') }] },
  pending: {
    ...least,
    pending: [
      { message: guid('begun'), held: [1, 200] },
      { message: guid('not begun'), held: [] },
    ],
  },
  'held back': { ...least, heldBack: [heldBack, { ...heldBack, kept: true }] },
  'needs the shore': { ...least, needsShore: true },
  'outbox, as heard': { ...least, outbox: 'as-heard' },
  'outbox, of nobody': { ...least, outbox: { name: 1, identities: [], submissions: [] } },
  'outbox, which puts in what is forwarded': { ...least, outbox: 'as-heard', assembles: true },
  'outbox, with numbers for who asks': { ...least, outbox: 'as-heard', numbers: true },
  'numbers of entries': {
    ...least,
    applied: 300,
    outbox: 'as-heard',
    numbers: true,
    given: {
      entries: [
        { entry: 1, number: 200, uid: 300 },
        { entry: 300, number: 201, uid: 301 },
      ],
      copies: [],
    },
  },
  'numbers of copies': {
    ...least,
    applied: 1,
    outbox: {
      name: 4,
      identities: [],
      submissions: [
        { guid: guid('waiting'), state: 'waits', recipients: [] },
        { guid: guid('submission'), state: 'sent', recipients: [] },
      ],
    },
    numbers: true,
    given: {
      entries: [{ entry: 1, number: 5, uid: 0 }],
      copies: [{ place: 1, mailbox: 0x01020304, number: 7, uid: 8, afterMs: -1500 }],
    },
  },
  'outbox, behind all else': {
    ...least,
    results: [{ kind: 'no-source', number: 7, guid: guid('copy') }],
    pending: [{ message: guid('pending'), held: [4] }],
    heldBack: [{ mailbox: guid('box'), gone: 5, of: 6 }],
    outbox: { name: 9, identities: ['a'], maxBytes: 10, submissions: [] },
  },
  'outbox, in all states': {
    ...least,
    outbox: {
      name: 0x01020304,
      identities: ['Ann <ann@example.org>', '*@example.org'],
      maxBytes: 300,
      submissions: submissionStates.map((state) => ({ guid: guid(state), state, recipients: [] })),
    },
  },
  'outbox, with all outcomes': {
    ...least,
    outbox: {
      name: 2,
      identities: [],
      submissions: [
        {
          guid: guid('submission'),
          state: 'waits',
          reason: 'reason',
          recipients: outcomes
            .filter((outcome) => outcome !== 'repeated')
            .map((outcome) => ({ recipient: `${outcome}@here`, outcome, reply: outcome })),
        },
      ],
    },
  },
  'outbox, a recipient that may have a mail twice': {
    ...least,
    outbox: {
      name: 3,
      identities: [],
      submissions: [
        {
          guid: guid('submission'),
          state: 'sent',
          recipients: [{ recipient: 'repeated@here', outcome: 'repeated', reply: 'repeated' }],
        },
      ],
    },
  },
  'all of it': {
    upstream: guid('upstream'),
    applied: 1,
    needsPolicy: true,
    lost: 'journal',
    token: 2,
    results: [{ kind: 'same-as', number: 3, guid: guid('guid'), known: guid('known') }],
    pending: [{ message: guid('pending'), held: [4] }],
    heldBack: [{ mailbox: guid('box'), gone: 5, of: 6 }],
    trouble: 'trouble',
    problems: { name: 7, total: 8, told: [{ ...problem, item: 'item' }] },
  },
}

const conflict = (some: Partial<Conflict>): Conflict => ({ kind: 'kept', ...some })

export const resultRows: RowsOf<'result'> = {
  'same-as': { kind: 'same-as', number: 1, guid: guid('guid'), known: guid('known') },
  'no-source': { kind: 'no-source', number: 200, guid: guid('guid') },
  ...Object.fromEntries(
    conflictKinds.map((kind) => [
      `conflict: ${kind}`,
      { kind: 'conflict' as const, number: 3, conflict: { kind } },
    ]),
  ),
  'conflict in a mailbox': { kind: 'conflict', number: 4, conflict: conflict({ mailbox: guid('box') }) },
  'conflict, here': { kind: 'conflict', number: 4, conflict: conflict({ here: guid('here') }) },
  'conflict, there': { kind: 'conflict', number: 4, conflict: conflict({ there: guid('there') }) },
  'conflict, detail': { kind: 'conflict', number: 4, conflict: conflict({ detail: 'Namen/ß' }) },
  'conflict, all of it': {
    kind: 'conflict',
    number: 5,
    conflict: conflict({
      mailbox: guid('box'),
      here: guid('here'),
      there: guid('there'),
      detail: 'detail',
    }),
  },
}

const box = {
  guid: guid('box'),
  deleted: false as const,
  path: ['Lists', 'Zoë'],
  uidValidity: 2_000_000_000,
  subscribed: false,
}

export const structureRows: RowsOf<'structure'> = {
  'no mailboxes': { mailboxes: [] },
  'up to a log position': { mailboxes: [], log: 300 },
  'a mailbox': { mailboxes: [box] },
  subscribed: { mailboxes: [{ ...box, subscribed: true }] },
  'special use': { mailboxes: [{ ...box, specialUse: '\\Sent' }] },
  formerly: { mailboxes: [{ ...box, formerly: [guid('once'), guid('twice')] }] },
  deleted: { mailboxes: [{ guid: guid('gone'), deleted: true }] },
  'all of it': {
    mailboxes: [
      { ...box, guid: neighbour(1), subscribed: true, specialUse: '\\Junk', formerly: [guid('once')] },
      { guid: neighbour(2), deleted: true },
      box,
    ],
    log: 7,
  },
}

export const openRows: RowsOf<'open'> = { 'a mailbox': guid('opened') }

const nothing = { mailbox: 3, flags: [], numbered: [], uids: [], expunged: [] }

export const changesRows: RowsOf<'changes'> = {
  nothing,
  flags: {
    ...nothing,
    flags: [
      { number: 5, flags: ['\\Seen'] },
      { number: 305, flags: [] },
    ],
  },
  numbered: {
    ...nothing,
    numbered: [
      { guid: neighbour(1), number: 10, uid: 12, flags: ['\\Flagged'] },
      { guid: neighbour(2), number: 11, uid: 13, flags: [] },
      { guid: guid('not yet'), number: 12, uid: 0, flags: ['\\Draft'] },
    ],
  },
  uids: {
    ...nothing,
    uids: [
      { number: 1, uid: 200 },
      { number: 300, uid: 4_294_967_295 },
    ],
  },
  'a number beyond all UIDs': { ...nothing, uids: [{ number: 2 ** 33, uid: 7 }] },
  expunged: {
    ...nothing,
    expunged: [
      { from: 1, to: 2 },
      { from: 7, to: 200 },
    ],
  },
  'done, none missing': { ...nothing, done: { log: 500, missing: [] } },
  'done, some ashore': {
    ...nothing,
    done: {
      log: 7,
      missing: [],
      ashore: { ranges: [{ from: 1, to: 90_000 }], messages: 80_000, bytes: 5e9 },
    },
  },
  'done, nothing ashore any more': {
    ...nothing,
    done: { log: 7, missing: [{ from: 1, to: 3 }], ashore: { ranges: [], messages: 0, bytes: 0 } },
  },
  'all of it': {
    mailbox: 0,
    flags: [{ number: 1, flags: ['\\Answered'] }],
    numbered: [{ guid: guid('numbered'), number: 2, uid: 3, flags: ['word'] }],
    uids: [{ number: 4, uid: 5 }],
    expunged: [{ from: 6, to: 7 }],
    done: { log: 8, missing: [{ from: 9, to: 11 }] },
  },
}

const link = {
  number: 4,
  uid: 9,
  guid: guid('new one'),
  flags: ['\\Seen'],
  internalDateMs: 1_793_610_065_000,
  source: guid('source'),
}

export const linksRows: RowsOf<'links'> = {
  none: { mailbox: 2, entries: [] },
  'before the changes': { mailbox: 2, entries: [link] },
  'in the row of listed ones': {
    mailbox: 1,
    entries: [
      { ...link, guid: neighbour(1), source: neighbour(9) },
      { ...link, number: 3, uid: 0, guid: neighbour(2), source: neighbour(8), flags: [], internalDateMs: 7 },
    ],
    missing: [{ from: 1, to: 3 }],
  },
}

export const endRows: RowsOf<'end'> = { 'a log position': { log: 300 } }

export const workingRows: RowsOf<'working'> = { 'a thousand': 1000 }

export const totalsRows: RowsOf<'totals'> = {
  'all of it': { messages: 3, bytes: 70_000, storedBytes: 500 },
}

export const forecastRows: RowsOf<'forecast'> = {
  nothing: { bytes: 44, mailboxes: [] },
  'two mailboxes': {
    bytes: 100_000,
    mailboxes: [
      { path: ['INBOX'], listed: 1, changed: 2, expunged: 3, bytes: [4, 5, 6, 7] },
      { path: ['A', 'B'], listed: 0, changed: 0, expunged: 300, bytes: [8, 0, 0, 70_000] },
    ],
  },
}

export const recipientsRows: RowsOf<'recipients'> = {
  none: { mailbox: 1, entries: [] },
  'To and Cc': {
    mailbox: 2,
    entries: [
      { number: 300, recipients: { to: [{ address: 'a@example.org' }], cc: [] } },
      {
        number: 7,
        recipients: { to: [], cc: [{ name: 'Bo', address: 'b@example.org' }, { address: 'c@example.org' }] },
      },
    ],
  },
}

export const vouchedRows: RowsOf<'vouched'> = {
  nothing: new Map(),
  'of a mailbox': new Map([[guid('box'), [{ from: 3, to: 290 }]]]),
}

export const refusalRows: RowsOf<'refusal'> = {
  ...Object.fromEntries(
    refusalCodes.map((code) => [code, { code, reason: 'What is wrong.', next: 'What to do.' }]),
  ),
}

const nothingFound: Hits = {
  number: 1,
  isPartial: false,
  isStrange: false,
  isLater: false,
  left: 0,
  total: 0,
  totalBytes: 0,
  entries: [],
}

export const hitsRows: RowsOf<'hits'> = {
  nothing: nothingFound,
  'not all is looked at': { ...nothingFound, isPartial: true, total: 5 },
  'not understood': { ...nothingFound, isStrange: true },
  'not now': { ...nothingFound, isLater: true },
  'in two mailboxes': {
    ...nothingFound,
    number: 300,
    left: 40,
    total: 214,
    totalBytes: 5_000_000,
    entries: [
      {
        mailbox: guid('box'),
        message: 7,
        arrivedMs: 1_793_610_060_000,
        sizeBytes: 900,
        from: 'Ann',
        subject: 'Tide',
      },
      {
        mailbox: guid('old'),
        message: 300,
        arrivedMs: 1_693_610_040_000,
        sizeBytes: 0,
        from: '',
        subject: '',
      },
      {
        mailbox: guid('box'),
        message: 5,
        arrivedMs: 0,
        sizeBytes: 70_000,
        from: 'b@c.example',
        subject: 'größer',
      },
    ],
  },
}

export const gistRows: RowsOf<'gist'> = {
  short: { ref: { scope: 0, id: 7 }, part: 0, text: 'The news.' },
  'of a later part': {
    ref: { scope: 2, id: 300 },
    part: 200,
    text: 'Größer [1]\n\n[1] https://a.example/',
  },
}
