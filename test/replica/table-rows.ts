import type { linkTables } from '../../src/link/server/device-registry.js'
import type { tables } from '../../src/replica/tables.js'
import type { Table } from '../../src/store/table.js'

/** A row of a table as the program has it: the rest of its key, and what stands there. */
export interface TableRow<T> {
  readonly key: T extends Table<infer Parts, infer _> ? Parts : never
  readonly value: T extends Table<infer _, infer Row> ? Row : never
}

const mailbox = '0123456789abcdef0123456789abcdef'
const message = 'fedcba9876543210fedcba9876543210'
const content = '00112233445566778899aabbccddeeff'
const device = 'ffeeddccbbaa99887766554433221100'
const digest = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
const bytes = Uint8Array.of(0, 1, 127, 128, 255)
const nowMs = 1_790_000_000_000

type RowsOf<Tables> = { readonly [Name in keyof Tables]: readonly TableRow<Tables[Name]>[] }

/** Rows of each table, every member there, several where a record has several forms. Rows are added, never changed. */
export const tableRows: RowsOf<typeof tables> = {
  replica: [
    {
      key: [],
      value: {
        id: device,
        device,
        head: 70_000,
        journal: 300,
        acknowledged: 299,
        batches: [{ end: 300, nonce: 4_294_967_295 }],
        token: 7,
        horizon: 3,
        recall: 'expunged',
        upstream: content,
        pairing: 'p1',
        cursor: {
          log: 9,
          structure: 8,
          mailboxes: { [mailbox]: { log: 5, missing: [{ from: 1, to: 4 }] } },
        },
        policy: '0011223344556677',
        policiesThere: ['0011223344556677'],
        settled: true,
        newsFirst: true,
        refusedThere: true,
      },
    },
  ],
  cursorOf: [
    { key: [mailbox], value: { log: 5, missing: [] } },
    {
      key: [content],
      value: { log: 70_000, missing: [{ from: 1, to: 4 }], ashore: [{ from: 7, to: 300 }] },
    },
  ],
  mailbox: [
    {
      key: [mailbox],
      value: {
        guid: mailbox,
        path: ['Grüße', '日本'],
        uidValidity: 1_700_000_000,
        uidNext: 12,
        uidShown: 11,
        uidLost: 65_548,
        numberNext: 13,
        subscribed: true,
        specialUse: '\\Sent',
        deleted: false,
        formerly: [content],
        created: 2,
        modseq: 3,
        head: 70_000,
        messages: 10,
        unseen: 4,
        use: { day: 20_000, acts: [3, 0, 1], lastMs: nowMs },
        origin: device,
        echo: { device, base: 2 },
      },
    },
  ],
  path: [{ key: ['Grüße', '日本'], value: mailbox }],
  structure: [{ key: [3], value: mailbox }],
  message: [
    {
      key: [message],
      value: {
        guid: message,
        mailbox,
        number: 256,
        upstream: 255,
        uid: 11,
        renumbered: 6,
        answers: 4,
        content,
        flags: ['$Forwarded', '\\Seen'],
        internalDateMs: nowMs,
        created: 5,
        modseq: 6,
        origin: device,
        echo: { device, base: 5 },
        hidden: false,
        expunged: true,
        movedTo: content,
      },
    },
  ],
  unread: [
    { key: [mailbox], value: { from: 1, to: 257, uid: 3, uidEnd: 70_000, given: true } },
    { key: [content], value: { from: 13, to: 65_549, uid: 12, uidEnd: 65_548 } },
  ],
  number: [{ key: [mailbox, 256], value: message }],
  upstream: [{ key: [mailbox, 255], value: message }],
  log: [{ key: [mailbox, 70_000], value: message }],
  tombstone: [{ key: [6, message], value: true }],
  content: [
    {
      key: [content],
      value: {
        id: content,
        sizeBytes: 300_000,
        digest,
        envelope: bytes,
        outline: bytes,
        skeleton: bytes,
        held: [0, 2],
        whole: false,
        progress: 3,
        upstreamHas: true,
        substitute: true,
        declined: { 1: 'later', 3: 'never' },
      },
    },
    {
      key: [message],
      value: {
        id: message,
        sizeBytes: 60_000,
        held: [],
        whole: true,
        progress: 0,
        upstreamHas: false,
        gist: { part: 1, text: 'Größer [1]' },
      },
    },
    {
      key: ['00112233445566778899aabbccddee01'],
      value: {
        id: '00112233445566778899aabbccddee01',
        sizeBytes: 60_000,
        held: [],
        whole: true,
        progress: 0,
        upstreamHas: false,
        gist: { part: 1, text: '', maker: 1 },
      },
    },
    {
      key: ['00112233445566778899aabbccddee02'],
      value: {
        id: '00112233445566778899aabbccddee02',
        sizeBytes: 60_000,
        held: [],
        whole: true,
        progress: 0,
        upstreamHas: false,
        fileGists: { 1: { text: '12 pages' }, 3: { text: '', maker: 1 } },
      },
    },
  ],
  digest: [{ key: [digest], value: content }],
  large: [{ key: [300_000, content], value: true }],
  contentId: [{ key: ['M6d99ac3275bb4e'], value: content }],
  messageId: [{ key: ['a@example.org', content], value: true }],
  part: [{ key: [digest, content], value: 2 }],
  reference: [{ key: [content, message], value: true }],
  pastReference: [{ key: [content, message], value: true }],
  journal: [
    {
      key: [300],
      value: {
        op: 'append',
        mailbox,
        message,
        flags: ['\\Seen'],
        internalDateMs: nowMs,
        uid: 11,
        digest,
        sizeBytes: 300_000,
        adopt: false,
      },
    },
    { key: [301], value: { op: 'mailbox-rename', mailbox, from: ['A'], to: ['B', 'C'] } },
    { key: [302], value: { op: 'flags', message, add: ['\\Seen'], remove: ['\\Flagged'] } },
  ],
  journalOf: [{ key: [message, 300], value: true }],
  upload: [{ key: [message], value: { begun: true, waits: false } }],
  arriving: [{ key: [device, message], value: true }],
  submission: [
    {
      key: [message],
      value: {
        guid: message,
        content,
        envelope: {
          from: 'ann@example.org',
          recipients: ['bob@example.org', 'grüße@example.org'],
          notify: ['failure', 'delay'],
          ret: 'headers',
          envelopeId: 'e1',
        },
        urgent: true,
        queuedMs: nowMs,
        notBeforeMs: nowMs + 1,
        device,
        state: 'waits',
        reason: '451 4.7.1 later',
        recipients: [{ recipient: 'bob@example.org', outcome: 'later', reply: '451 4.7.1 later' }],
        spooled: '20261128-1',
        told: true,
        cancelling: true,
        tries: 2,
        arrivedMs: nowMs + 2,
        nextMs: nowMs + 3,
        again: true,
        endedMs: nowMs + 4,
        heard: true,
      },
    },
    {
      key: [content],
      value: {
        guid: content,
        content: message,
        envelope: { from: '', recipients: ['bob@example.org'] },
        urgent: false,
        queuedMs: 0,
        state: 'queued',
        recipients: [],
        tries: 0,
      },
    },
  ],
  submissionPast: [
    {
      key: [nowMs, message],
      value: {
        guid: message,
        content,
        envelope: { from: 'ann@example.org', recipients: ['bob@example.org'] },
        urgent: false,
        queuedMs: nowMs,
        state: 'sent',
        recipients: [],
        tries: 1,
        endedMs: nowMs,
        heard: true,
      },
    },
  ],
  submissionOf: [{ key: [content, message], value: true }],
  submissionEnded: [{ key: [message], value: { state: 'sent', endedMs: nowMs } }],
  shore: [
    {
      key: [mailbox],
      value: { ranges: [{ from: 1, to: 300 }], messages: 298, bytes: 5_000_000_000, told: true },
    },
    { key: ['00112233445566778899aabbccddeeff'], value: { ranges: [], messages: 0, bytes: 0, told: false } },
  ],
  evicted: [
    { key: [message], value: { mailbox, number: 70_000 } },
    { key: [content], value: { mailbox, number: 3, putBack: true } },
  ],
  evictionState: [
    {
      key: [],
      value: {
        note: { id: device, generation: 12 },
        asked: { atMs: nowMs, pauseMs: 86_400_000 },
      },
    },
  ],
  shoreThere: [
    { key: [device, '0011223344556677'], value: { shore: Uint8Array.of(0), order: 1 } },
    {
      key: [device, 'fedcba9876543210'],
      value: { shore: Uint8Array.of(1, 2), windows: '0123456789abcdef', order: 300 },
    },
    {
      key: [device, 'fedcba9876543211'],
      value: {
        shore: Uint8Array.of(1, 2),
        windows: '0123456789abcdef',
        otherWindows: ['1123456789abcdef', '2123456789abcdef'],
        order: 301,
      },
    },
  ],
  vouched: [{ key: [device], value: Uint8Array.of(1, 2) }],
  outboxThere: [
    { key: [], value: { name: 4_294_967_295, identities: ['Ann <ann@example.org>'], maxBytes: 10_000_000 } },
  ],
  expected: [{ key: [content], value: true }],
  kept: [{ key: [content], value: 6 }],
  partial: [{ key: [content], value: true }],
  unknown: [{ key: [mailbox, 255], value: { asked: true } }],
  wanted: [{ key: [content, 2], value: true }],
  wantedGist: [{ key: [content, 2], value: { asked: true } }],
  wish: [
    { key: [1], value: { content, parts: [1, 2], word: 'later' } },
    { key: [2], value: { content, parts: [1], word: 'gist' } },
  ],
  place: [{ key: [message], value: { mailbox, locator: '1700000000.M1P2.host,S=118' } }],
  file: [
    {
      key: [mailbox, '1700000000.M1P2.host,S=118'],
      value: { message, flags: ['\\Seen'], uid: 11, recent: true, shown: -1 },
    },
  ],
  mailboxFile: [
    {
      key: [mailbox],
      value: {
        path: ['Grüße', '日本'],
        identity: '2049 77',
        token: '1 2 3',
        subscribed: true,
        doubted: true,
        numbering: { uidValidity: 1_700_000_000, uidNext: 12, guid: mailbox, fixed: true },
      },
    },
  ],
  todoMailbox: [{ key: [mailbox], value: true }],
  todo: [{ key: [mailbox, message], value: true }],
  device: [
    {
      key: [device],
      value: {
        applied: 299,
        nonce: 4_294_967_295,
        batchEnd: 300,
        tokens: [{ token: 7, head: 70_000, applied: 299 }],
        pairing: 'p1',
        seenMs: nowMs,
        lost: true,
        policies: [{ name: '0011223344556677', policy: bytes }],
        acknowledged: 69_999,
        sentUpTo: 70_000,
      },
    },
  ],
  namedBy: [{ key: [device, mailbox], value: true }],
  metAs: [{ key: [mailbox], value: content }],
  adopted: [{ key: [device, message], value: true }],
  alias: [{ key: [device, message], value: content }],
  renamed: [{ key: [message], value: content }],
  holds: [{ key: [device, content], value: message }],
  result: [
    {
      key: [device, 300, 0],
      value: { kind: 'same-as', number: 300, guid: message, known: content },
    },
    { key: [device, 301, 0], value: { kind: 'no-source', number: 301, guid: message } },
    {
      key: [device, 302, 1],
      value: {
        kind: 'conflict',
        number: 302,
        conflict: { kind: 'kept', mailbox, here: message, there: content, detail: 'x' },
      },
    },
  ],
  conflictOf: [{ key: ['moved-apart', mailbox, message, content], value: 7 }],
  conflict: [
    {
      key: [1],
      value: {
        kind: 'moved-apart',
        mailbox,
        here: message,
        there: content,
        detail: '3 of 4 gone here',
        atMs: nowMs,
        settled: 'both',
      },
    },
  ],
  standInKey: [{ key: [], value: bytes }],
  measuredLine: [{ key: ['default'], value: { bitsPerSecond: 2400.5, latencyMs: 700, atMs: nowMs } }],
  uncompared: [
    { key: [message], value: { keep: true } },
    { key: [mailbox], value: true },
  ],
  likeness: [{ key: [mailbox, 300_000, message], value: true }],
  unknownStandIn: [{ key: [message, mailbox, '1700000000.M1P2.host,S=118'], value: ['\\Seen'] }],
  orphaned: [{ key: [message], value: true }],
  heldBack: [{ key: [mailbox, 'here'], value: 1 }],
  refusedUid: [{ key: [device, message], value: true }],
  quota: [{ key: ['p1'], value: { sinceMs: nowMs, mailboxes: 2, messages: 300, bytes: 5_000_000_000 } }],
  deletions: [{ key: ['p1'], value: { sinceMs: nowMs, head: 70_000, of: 100, gone: 5 } }],
  deletionsIn: [{ key: ['p1', mailbox], value: { of: 10, gone: 2 } }],
  trashedBy: [{ key: ['p1', content], value: true }],
  heldFrom: [{ key: ['p1', mailbox], value: { conflict: 1, device, number: 300, gone: 9, of: 10 } }],
  keptFrom: [{ key: ['p1', mailbox, message], value: true }],
  held: [{ key: [message], value: true }],
  expunging: [{ key: [message], value: { keep: true } }],
  problem: [
    {
      key: ['read', mailbox, '1700000000.M1P2.host,S=118'],
      value: {
        code: 'MESSAGE_UNREADABLE',
        reason: 'It is odd.',
        next: 'Look at it.',
        mailbox: 'INBOX',
        item: 'm1',
        harmless: true,
        sinceMs: nowMs,
        triedMs: nowMs,
        tries: 3,
      },
    },
  ],
  problemsThere: [{ key: [], value: { name: 4_294_967_295, total: 2 } }],
  trashed: [{ key: [message], value: true }],
  aside: [{ key: [message], value: true }],
  question: [{ key: [300], value: { text: 'from:ann "harbour dues"', most: 20, askedMs: nowMs } }],
  answer: [
    { key: [299], value: { atMs: nowMs } },
    { key: [300], value: { atMs: nowMs, hits: bytes } },
  ],
  taken: [{ key: [mailbox, 300], value: true }],
  ashoreFile: [
    {
      key: [mailbox, '1700000000.M1.host'],
      value: { mailbox, number: 300, sizeBytes: 5000, arrivedMs: nowMs, flags: ['\\Seen'] },
    },
  ],
  searchIndex: [{ key: [], value: { next: 300, head: 70_000 } }],
  searchPage: [{ key: [5], value: bytes }],
  searchPlace: [{ key: [1023], value: bytes }],
  searchRun: [{ key: [1, '<日本'], value: bytes }],
  searchState: [{ key: [], value: { next: 300, head: 70_000 } }],
  searchContent: [{ key: [299], value: content }],
  searchNumber: [{ key: [content], value: 299 }],
  searchWords: [{ key: [299], value: 'grusse 日本' }],
  searchLack: [{ key: [content], value: 2 }],
  searchWord: [{ key: [1, '日本'], value: bytes }],
}

/** The same of the endpoint's own database. */
export const linkTableRows: RowsOf<typeof linkTables> = {
  device: [
    {
      key: ['0011223344556677'],
      value: { account: 'me', name: 'boat', addedMs: nowMs, bearerHash: bytes, psk: bytes },
    },
    { key: ['8899aabbccddeeff'], value: { account: 'me', name: 'tablet', addedMs: nowMs, revokedMs: nowMs } },
  ],
  seen: [{ key: ['0011223344556677'], value: nowMs }],
  sendDue: [{ key: ['me'], value: nowMs }],
  version: [{ key: [], value: bytes }],
}
