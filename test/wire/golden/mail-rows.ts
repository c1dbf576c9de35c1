import type { ListEntry } from '../../../src/wire/response/list-frame.js'
import type { RowsOf } from './codecs.js'
import { bytes, digest, guid, neighbour } from './guids.js'

const plain = { type: 'text/plain', size: 18 }
const oneText = { tree: { kind: 'part' as const, part: 0 }, parts: [plain] }
const ann = { name: 'Ann', address: 'ann@example.org' }
const bo = { address: 'bo@example.org' }

const entry: ListEntry = {
  number: 7,
  uid: 7,
  guid: neighbour(1),
  flags: [],
  internalDateMs: 1_793_610_065_000,
  envelope: { from: [], to: [], cc: [] },
  outline: oneText,
}

/** Two texts, a picture and a mail within the mail: each kind of node, each optional field of a part. */
const mixed = {
  tree: {
    kind: 'multipart' as const,
    type: 'multipart/mixed',
    children: [
      { kind: 'part' as const, part: 0 },
      {
        kind: 'multipart' as const,
        type: 'multipart/x-own',
        children: [{ kind: 'part' as const, part: 1 }],
      },
      { kind: 'message' as const, child: { kind: 'part' as const, part: 2 } },
      { kind: 'part' as const, part: 3 },
    ],
  },
  parts: [
    { ...plain, charset: 'utf-8' },
    { type: 'application/x-own', charset: 'x-own', disposition: 'inline' as const, size: 300 },
    { type: 'text/html', name: 'höhe.html', size: 0 },
    {
      type: 'image/png',
      charset: 'koi8-r',
      name: 'a.png',
      disposition: 'attachment' as const,
      size: 70_000,
    },
  ],
}

export const outlineRows: RowsOf<'outline'> = {
  'a text': oneText,
  inline: { ...oneText, parts: [{ ...plain, disposition: 'inline' }] },
  attachment: { ...oneText, parts: [{ ...plain, disposition: 'attachment' }] },
  'a name': { ...oneText, parts: [{ ...plain, name: 'tide.txt' }] },
  'a charset': { ...oneText, parts: [{ ...plain, charset: 'us-ascii' }] },
  'an unknown charset and a name': { ...oneText, parts: [{ ...plain, charset: 'x-own', name: 'tide.txt' }] },
  'all kinds of nodes': mixed,
}

export const listRows: RowsOf<'list'> = {
  'no messages': { mailbox: 0, entries: [], missing: [] },
  'as little as can be': { mailbox: 1, entries: [entry], missing: [] },
  'still missing': {
    mailbox: 1,
    entries: [entry],
    missing: [
      { from: 1, to: 3 },
      { from: 5, to: 6 },
    ],
  },
  'an answer': { mailbox: 1, entries: [{ ...entry, answers: 4 }], missing: [] },
  'an answer to what is numbered higher': { mailbox: 1, entries: [{ ...entry, answers: 9 }], missing: [] },
  'in milliseconds': { mailbox: 1, entries: [{ ...entry, internalDateMs: 1_793_610_065_123 }], missing: [] },
  'a subject': {
    mailbox: 1,
    entries: [{ ...entry, envelope: { ...entry.envelope, subject: 'Flut' } }],
    missing: [],
  },
  'an address that the usual form would hide': {
    mailbox: 1,
    entries: [{ ...entry, envelope: { ...entry.envelope, from: [{ name: 'Ann', address: 'a<b' }] } }],
    missing: [],
  },
  'From, To and Cc': {
    mailbox: 1,
    entries: [{ ...entry, envelope: { from: [ann], to: [bo], cc: [ann, bo] } }],
    missing: [],
  },
  'a Date before 1970': {
    mailbox: 1,
    entries: [{ ...entry, envelope: { ...entry.envelope, dateMs: -3_600_000 } }],
    missing: [],
  },
  'all of it': {
    mailbox: 2,
    entries: [
      {
        number: 300,
        uid: 310,
        guid: neighbour(2),
        flags: ['\\Seen', 'word'],
        internalDateMs: 1_793_610_065_000,
        answers: 299,
        envelope: { from: [ann], to: [bo], cc: [], subject: 'Tide', dateMs: 1_793_609_940_000 },
        outline: mixed,
      },
      {
        ...entry,
        number: 200,
        uid: 0,
        guid: guid('stranger'),
        flags: ['\\Flagged'],
        internalDateMs: 1_793_610_000_000,
        envelope: { from: [bo], to: [], cc: [ann], subject: 'Ebb', dateMs: 1_793_610_000_000 },
      },
    ],
    missing: [{ from: 1, to: 200 }],
  },
}

const text = { ...plain, headerSize: 10, encodedSize: 18, encoding: { kind: 'identity' as const } }

const base64 = (eol: 'lf' | 'crlf', tail: string, encodedSize: number, lineLength = 76) => ({
  ...text,
  encodedSize,
  encoding: { kind: 'base64' as const, lineLength, eol, tail: bytes(tail) },
})

const oneMail = { size: 168, digest: digest('mail'), structure: [149, 1], parts: [text], tree: oneText.tree }

/** The tails that have a number, and last one that has none. */
const tails = ['', '\n', '\r\n', '\n\n', '\r\n\r\n', ' \n']

export const mailRows: RowsOf<'skeleton of a mail'> = {
  'a text': oneMail,
  'not read as a whole': {
    size: 168,
    structure: [149, 1],
    parts: [text],
    tree: oneText.tree,
  },
  'cold fields': { ...oneMail, cold: { sizeBytes: 100, runs: [1, 2, 3] } },
  'a rest': { ...oneMail, restBytes: 30 },
  'a part with its digest': { ...oneMail, parts: [{ ...text, digest: digest('part') }] },
  'quoted-printable': {
    ...oneMail,
    size: 170,
    parts: [
      { ...text, encodedSize: 20, encoding: { kind: 'quoted-printable', patch: Uint8Array.of(1, 76, 0, 0) } },
    ],
  },
  ...Object.fromEntries(
    tails.flatMap((tail) =>
      (['lf', 'crlf'] as const).map((eol) => [
        `base64, ${eol}, ${JSON.stringify(tail)} behind it`,
        { ...oneMail, size: 174 + tail.length, parts: [base64(eol, tail, 24 + tail.length)] },
      ]),
    ),
  ),
  'base64 with its digest, in lines of 8': {
    ...oneMail,
    size: 176,
    parts: [{ ...base64('lf', '', 26, 8), digest: digest('part') }],
  },
  'all of it': {
    size: 1000 + 18 + 24,
    structure: [700, 200, 100],
    digest: digest('mail'),
    cold: { sizeBytes: 300, runs: [4, 5] },
    restBytes: 6,
    parts: [
      { ...text, headerSize: 70, digest: digest('part') },
      { ...base64('lf', '', 24), headerSize: 30 },
    ],
    tree: {
      kind: 'multipart',
      type: 'multipart/mixed',
      children: [
        { kind: 'part', part: 0 },
        { kind: 'part', part: 1 },
      ],
    },
  },
}

const system = ['\\Seen', '\\Answered', '\\Flagged', '\\Deleted', '\\Draft', '$Forwarded']

export const flagsRows: RowsOf<'flags'> = {
  none: [],
  ...Object.fromEntries(system.map((flag) => [flag, [flag]])),
  'two others': ['$Junk', 'word'],
  'all of it': [...system, 'word'].sort(),
}

export const pathRows: RowsOf<'path'> = { 'one level': ['INBOX'], 'three levels': ['a', 'Bé', 'c/d'] }

export const rangesRows: RowsOf<'ranges'> = {
  none: [],
  'two, with a gap': [
    { from: 1, to: 2 },
    { from: 300, to: 1000 },
  ],
}

export const bundleRows: RowsOf<'bundle'> = {
  'two frames': [
    { kind: 1, payload: bytes('first') },
    { kind: 30, payload: bytes('') },
  ],
}

export const streamRows: RowsOf<'stream'> = {
  'text that is not worth compressing': [{ kind: 1, mode: 'text', payload: bytes('ab') }],
  'stored, of no bytes': [{ kind: 7, mode: 'stored', payload: bytes('') }],
  'stored, then text': [
    { kind: 8, mode: 'stored', payload: Uint8Array.from({ length: 200 }, (_, at) => at) },
    { kind: 31, mode: 'text', payload: bytes('xyz') },
  ],
  'text in codec 1, short and long': [
    { kind: 3, mode: 'text', payload: bytes('Content-Type: text/plain; charset=utf-8\r\n'.repeat(5)) },
    { kind: 4, mode: 'text', payload: bytes('Content-Type: text/html; charset=utf-8\r\n'.repeat(30)) },
  ],
  'text of more than one block': [{ kind: 8, mode: 'text', payload: bytes('0123456789'.repeat(14_000)) }],
}
