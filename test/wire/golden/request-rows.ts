import { nameOfCopy } from '../../../src/replica/submission/submission.js'
import { defaultPolicy, type Policy } from '../../../src/sync/policy/policy.js'
import { type Hello, protocolVersion } from '../../../src/wire/request-frames.js'
import type { RowsOf } from './codecs.js'
import { bytes, digest, guid, neighbour } from './guids.js'

const least: Hello = {
  version: protocolVersion,
  replica: guid('replica'),
  acknowledged: 0,
  batches: [],
  cursor: { log: 0, structure: 0, mailboxes: {} },
  policy: '0123456789abcdef',
  probe: false,
  more: false,
  plain: false,
  dry: false,
  mix: false,
  only: [],
  allow: [],
}

export const helloRows: RowsOf<'hello'> = {
  'as little as can be': least,
  upstream: { ...least, upstream: guid('upstream') },
  token: { ...least, token: 0x81020304 },
  acknowledged: { ...least, acknowledged: 300 },
  batches: {
    ...least,
    batches: [
      { end: 5, nonce: 0xdeadbeef },
      { end: 700, nonce: 1 },
    ],
  },
  'log and structure': { ...least, cursor: { log: 1000, structure: 2, mailboxes: {} } },
  exceptions: {
    ...least,
    cursor: {
      log: 9,
      structure: 8,
      mailboxes: {
        [guid('one')]: { log: 7, missing: [] },
        [guid('two')]: {
          log: 6,
          missing: [
            { from: 1, to: 4 },
            { from: 130, to: 1000 },
          ],
        },
      },
    },
  },
  'more frames': { ...least, more: true },
  probe: { ...least, probe: true },
  plain: { ...least, plain: true },
  outbox: { ...least, outbox: 0x01020304 },
  'outbox and problems': { ...least, problems: 5, outbox: 6 },
  dry: { ...least, dry: true },
  mix: { ...least, mix: true },
  only: { ...least, only: ['INBOX', 'Lists/*'] },
  allow: { ...least, allow: ['!Züge', '\\Sent'] },
  'only and allow': { ...least, only: ['these'], allow: ['those'] },
  'aside of nothing': { ...least, aside: 0 },
  aside: { ...least, aside: 300 },
  budget: { ...least, budget: 20_000 },
  'frame size': { ...least, frameBytes: 16_384 },
  problems: { ...least, problems: 0xfedcba98 },
  shore: { ...least, shore: '0123456789abcdef' },
  numbers: { ...least, outbox: 6, numbers: true },
  'shore behind the outbox': { ...least, outbox: 6, shore: 'fedcba9876543210' },
  'all of it': {
    ...least,
    upstream: guid('upstream'),
    token: 0x0a0b0c0d,
    acknowledged: 1,
    batches: [{ end: 2, nonce: 3 }],
    cursor: { log: 4, structure: 5, mailboxes: { [guid('box')]: { log: 6, missing: [{ from: 7, to: 8 }] } } },
    more: true,
    probe: true,
    plain: true,
    dry: true,
    mix: true,
    only: ['only'],
    allow: ['allow'],
    aside: 9,
    budget: 10,
    frameBytes: 11 * 1024,
    problems: 12,
  },
}

const policy: Policy = {
  select: ['*', '!Junk'],
  first: [guid('first'), guid('second')],
  textBytes: 1001,
  smallBytes: 1002,
  attachmentBytes: 1003,
  coldBytes: 1004,
  rules: [],
  structureBytes: 1005,
  messageBytes: 1006,
  sharedHistory: 'off',
  windows: [],
}

const rule = { mailboxes: [], from: [], limits: [] }

export const policyRows: RowsOf<'policy'> = {
  default: defaultPolicy,
  'all fields but rules': policy,
  'whose mail may save bytes of whose: all': { ...defaultPolicy, sharedHistory: 'all' },
  rules: {
    ...policy,
    rules: [
      rule,
      { ...rule, mailboxes: ['Lists/*'] },
      { ...rule, from: ['*@example.org'] },
      { ...rule, beforeDay: 0 },
      { ...rule, aboveBytes: 0 },
      { ...rule, limits: [{ what: 'html', upToBytes: 0 }] },
      {
        mailboxes: ['a', 'b'],
        from: ['c', 'd', 'e'],
        beforeDay: 20_000,
        aboveBytes: 5_000_000,
        limits: [
          { what: 'images', upToBytes: Number.POSITIVE_INFINITY },
          { what: 'video/*', upToBytes: 128 },
        ],
      },
    ],
  },
  'windows of all kinds': {
    ...policy,
    windows: [
      { mailboxes: [], keep: { days: 90 } },
      { mailboxes: ['Lists/*', '!Lists/own'], keep: { messages: 500 } },
      { mailboxes: ['\\Sent'], keep: 'all' },
    ],
  },
}

export const shoreRows: RowsOf<'shore'> = {
  'from nothing': { rows: new Map() },
  'a mailbox, from nothing': { rows: new Map([[guid('box'), [{ from: 1, to: 300 }]]]) },
  'from one that is known': {
    base: '0123456789abcdef',
    rows: new Map([
      [guid('another'), []],
      [
        guid('box'),
        [
          { from: 1, to: 2 },
          { from: 5, to: 7 },
        ],
      ],
    ]),
  },
}

export const questionRows: RowsOf<'question'> = {
  'by words': { number: 1, text: 'harbour dues', most: 20, mostBytes: 2400 },
  'by all that there is': {
    number: 300,
    text: 'from:ann to:bo subject:"harbour dues" in:Work/* after:2019 before:2021-03-04 größer',
    most: 200,
    mostBytes: 65_536,
  },
}

export const vouchRows: RowsOf<'vouch'> = {
  nothing: new Map(),
  'of two mailboxes': new Map([
    [guid('box'), [{ from: 1, to: 300 }]],
    [
      guid('another'),
      [
        { from: 70_000, to: 70_001 },
        { from: 80_000, to: 90_000 },
      ],
    ],
  ]),
}

export const journalRows: RowsOf<'journal'> = {
  'no entries': [],
  'two entries': [
    { number: 3, operation: { op: 'mailbox-delete', mailbox: guid('box') } },
    { number: 300, operation: { op: 'renumber', message: guid('message'), uid: 9 } },
  ],
}

const part = { message: 1, part: 2, offset: 3, urgent: false, named: false }

export const wantsRows: RowsOf<'wants'> = {
  nothing: { mailbox: guid('box'), tiers: [], parts: [] },
  'each tier': {
    mailbox: guid('box'),
    tiers: [0, 1, 2, 3].map((tier) => ({ tier, messages: [{ from: tier + 5, to: 2 * tier + 10 }] })),
    parts: [],
  },
  parts: {
    mailbox: guid('box'),
    tiers: [],
    parts: [
      part,
      { ...part, urgent: true },
      { ...part, named: true },
      { ...part, urgent: true, named: true },
    ],
  },
  gists: {
    mailbox: guid('box'),
    tiers: [],
    parts: [],
    gists: [
      { message: 1, part: 0 },
      { message: 300, part: 200 },
    ],
  },
  'a part far behind': {
    mailbox: guid('box'),
    tiers: [],
    parts: [{ message: 300, part: 200, offset: 400, urgent: false, named: true }],
  },
  both: {
    mailbox: guid('box'),
    tiers: [{ tier: 2, messages: [{ from: 1, to: 3 }] }],
    parts: [{ message: 1000, part: 7, offset: 100_000, urgent: true, named: false }],
  },
}

export const offerRows: RowsOf<'offer'> = { 'a message': guid('offered') }

export const primerRows: RowsOf<'primer'> = {
  'nothing but a check': { messages: [], check: Uint8Array.of(1, 2, 3, 4) },
  'steps up and down, and two mailboxes': {
    messages: [
      { mailbox: guid('one'), number: 500 },
      { mailbox: guid('one'), number: 503 },
      { mailbox: guid('one'), number: 2 },
      { mailbox: guid('one'), number: 2 },
      { mailbox: guid('two'), number: 7 },
      { mailbox: guid('one'), number: 8 },
    ],
    check: Uint8Array.of(0xff, 0, 0x80, 0x7f),
  },
}

const ref = { scope: 1, id: 200 }

export const skeletonRows: RowsOf<'skeleton'> = {
  'no structure yet': { ref, skeleton: bytes('skeleton'), structure: bytes('') },
  'its first bytes': { ref, skeleton: bytes('how'), structure: bytes('Subject: Tide\n\n') },
}

export const chunkRows: RowsOf<'chunk'> = {
  'an empty part': { ref, part: 0, offset: 0, bytes: bytes('') },
  'a run of bytes': { ref, part: 3, offset: 5000, bytes: bytes('High water at six.') },
}

const message = { mailbox: guid('box'), message: guid('message') }

/** The journal's operations, each optional field set and unset. */
export const entryRows: RowsOf<'entry'> = {
  'mailbox-create': {
    number: 1,
    operation: { op: 'mailbox-create', mailbox: guid('box'), path: ['A', 'Bé'] },
  },
  'mailbox-rename': {
    number: 2,
    operation: { op: 'mailbox-rename', mailbox: guid('box'), from: ['from'], to: ['to', 'there'] },
  },
  'mailbox-delete': { number: 3, operation: { op: 'mailbox-delete', mailbox: guid('box') } },
  'mailbox-subscribe': {
    number: 4,
    operation: { op: 'mailbox-subscribe', mailbox: guid('box'), subscribed: true },
  },
  'mailbox-subscribe, no more': {
    number: 5,
    operation: { op: 'mailbox-subscribe', mailbox: guid('box'), subscribed: false },
  },
  append: {
    number: 6,
    operation: {
      op: 'append',
      ...message,
      flags: ['\\Seen'],
      internalDateMs: 1_793_610_065_123,
      digest: digest('content'),
      sizeBytes: 4321,
      adopt: false,
    },
  },
  'append, adopted and with a UID': {
    number: 7,
    operation: {
      op: 'append',
      ...message,
      flags: [],
      internalDateMs: 1,
      digest: digest('content'),
      sizeBytes: 2,
      adopt: true,
      uid: 3,
    },
  },
  copy: {
    number: 8,
    operation: {
      op: 'copy',
      ...message,
      source: guid('source'),
      flags: ['\\Flagged'],
      base: ['\\Draft'],
      internalDateMs: 5,
    },
  },
  'copy with a UID': {
    number: 9,
    operation: {
      op: 'copy',
      ...message,
      source: guid('source'),
      flags: ['word'],
      base: [],
      internalDateMs: 6,
      uid: 7,
    },
  },
  flags: {
    number: 10,
    operation: { op: 'flags', message: guid('message'), add: ['\\Answered'], remove: ['\\Deleted', 'gone'] },
  },
  expunge: { number: 11, operation: { op: 'expunge', message: guid('message'), base: ['\\Seen'] } },
  'expunge of what was moved': {
    number: 12,
    operation: { op: 'expunge', message: guid('message'), base: [], movedTo: guid('moved to') },
  },
  renumber: { number: 13, operation: { op: 'renumber', message: guid('message'), uid: 4_294_967_295 } },
  'uid-next': { number: 14, operation: { op: 'uid-next', mailbox: guid('box'), uidNext: 15 } },
  recall: { number: 16, operation: { op: 'recall', ...message, flags: ['\\Draft'] } },
  'recall with a digest': {
    number: 17,
    operation: { op: 'recall', ...message, flags: [], digest: digest('content'), sizeBytes: 18 },
  },
  submit: {
    number: 19,
    operation: {
      op: 'submit',
      submission: guid('submission'),
      digest: digest('content'),
      sizeBytes: 200,
      envelope: { from: '', recipients: ['bob@example.org'] },
      urgent: false,
      queuedMs: 21,
      again: false,
    },
  },
  'submit with all there is': {
    number: 22,
    operation: {
      op: 'submit',
      submission: guid('submission'),
      digest: digest('content'),
      sizeBytes: 23,
      envelope: {
        from: 'ann@example.org',
        recipients: ['bob@example.org', 'grüße@example.org'],
        notify: ['success', 'failure', 'delay'],
        ret: 'full',
        envelopeId: 'id',
      },
      urgent: true,
      queuedMs: 24,
      notBeforeMs: 25,
      again: true,
    },
  },
  'submit with references': {
    number: 29,
    operation: {
      op: 'submit',
      submission: guid('submission'),
      digest: digest('content'),
      sizeBytes: 2000,
      envelope: { from: 'ann@example.org', recipients: ['bob@example.org'] },
      urgent: false,
      queuedMs: 30,
      again: false,
      references: [
        { start: 31, length: 300, message: guid('message') },
        { start: 400, length: 32, message: guid('copy'), part: 2 },
      ],
    },
  },
  'submit without notices, headers only': {
    number: 26,
    operation: {
      op: 'submit',
      submission: guid('submission'),
      digest: digest('content'),
      sizeBytes: 27,
      envelope: {
        from: 'ann@example.org',
        recipients: ['bob@example.org'],
        notify: ['never'],
        ret: 'headers',
      },
      urgent: false,
      queuedMs: 28,
      again: false,
    },
  },
  cancel: { number: 29, operation: { op: 'cancel', submission: guid('submission') } },
  filed: {
    number: 30,
    operation: {
      op: 'filed',
      mailbox: guid('box'),
      message: nameOfCopy(guid('submission')),
      submission: guid('submission'),
      flags: ['\\Seen'],
    },
  },
}

export const guidsRows: RowsOf<'guids'> = {
  none: [],
  neighbours: [neighbour(0), neighbour(1), neighbour(-1), guid('stranger'), neighbour(5), neighbour(2 ** 20)],
  'a step of 2^20': [neighbour(0), neighbour(2 ** 20), neighbour(1)],
  'the same again': [neighbour(3), neighbour(3)],
}
