import type { Digest } from '../bytes/hash.js'
import { defineTable } from '../store/table.js'
import type { ConflictKind, ConflictRecord } from './conflict.js'
import type { Flags, Guid, MailboxPath } from './model.js'
import type { Operation, OperationResult } from './operation.js'
import type { ProblemRecord, ProblemSide } from './problem.js'
import type {
  AnswerRecord,
  AshoreFileRecord,
  ContentRecord,
  DeletionsRecord,
  DeviceRecord,
  EvictedRecord,
  EvictionStateRecord,
  ExpungingRecord,
  FileRecord,
  HeldFromRecord,
  MailboxCursor,
  MailboxDeletionsRecord,
  MailboxFileRecord,
  MailboxRecord,
  MeasuredLine,
  MessageRecord,
  PlaceRecord,
  ProblemsThereRecord,
  QuestionRecord,
  QuotaRecord,
  SearchStateRecord,
  ShoreRecord,
  ShoreThereRecord,
  StoredReplicaRecord,
  UncomparedRecord,
  UnknownRecord,
  UnreadRecord,
  UploadRecord,
  WantedGistRecord,
  WishRecord,
} from './records.js'
import type { OutboxThereRecord, SubmissionEndedRecord, SubmissionRecord } from './submission/submission.js'

/**
 * All that a replica keeps in its store: each kind of record with its table name, the parts of its key, and
 * its row. `true` where the key says everything. `test/replica/tables.test.ts` holds the bytes of all of
 * them, which stand in databases of earlier versions.
 */
export const tables = {
  replica: defineTable<[], StoredReplicaRecord>('replica'),
  /** Exceptions of the replica's cursor: each changes often, and the record above with every step in the log. */
  cursorOf: defineTable<[mailbox: Guid], MailboxCursor>('cursor-of'),
  mailbox: defineTable<[mailbox: Guid], MailboxRecord>('mailbox'),
  path: defineTable<MailboxPath, Guid>('path'),
  /** Log of changes of mailboxes themselves. */
  structure: defineTable<[modseq: number], Guid>('structure'),
  /** Numbers that are kept for messages of a mailbox which aren't read yet. */
  unread: defineTable<[mailbox: Guid], UnreadRecord>('unread'),
  message: defineTable<[message: Guid], MessageRecord>('message'),
  number: defineTable<[mailbox: Guid, number: number], Guid>('number'),
  /** Our GUIDs by the upstream's numbers. */
  upstream: defineTable<[mailbox: Guid, number: number], Guid>('upstream'),
  log: defineTable<[mailbox: Guid, modseq: number], Guid>('log'),
  /** Messages and mailboxes that are gone, until nobody has to be told of it any more. */
  tombstone: defineTable<[modseq: number, guid: Guid], true>('tombstone'),
  content: defineTable<[content: Guid], ContentRecord>('content'),
  digest: defineTable<[digest: Digest], Guid>('digest'),
  /** Contents of some size, by that: those that nobody has read as a whole are compared by it. */
  large: defineTable<[sizeBytes: number, content: Guid], true>('large'),
  /** The content that a mail server beside us knows by this name (RFC 8474 EMAILID). */
  contentId: defineTable<[id: string], Guid>('content-id'),
  /** Contents with this Message-ID. */
  messageId: defineTable<[id: string, content: Guid], true>('message-id'),
  part: defineTable<[digest: Digest, content: Guid], number>('part'),
  reference: defineTable<[content: Guid, message: Guid], true>('reference'),
  pastReference: defineTable<[content: Guid, message: Guid], true>('past-reference'),
  journal: defineTable<[number: number], Operation>('journal'),
  journalOf: defineTable<[message: Guid, number: number], true>('journal-of'),
  /** Locally born messages whose content the upstream has not confirmed. */
  upload: defineTable<[message: Guid], UploadRecord>('upload'),
  /** Messages of a device whose content is not complete here. */
  arriving: defineTable<[device: string, message: Guid], true>('arriving'),
  /** Mail on its way to its recipients, and mail whose author doesn't know yet what became of it. */
  submission: defineTable<[submission: Guid], SubmissionRecord>('submission'),
  /** Mail written here that has come to its end, and whose author knows: every sync reads all of the other. */
  submissionPast: defineTable<[endedMs: number, submission: Guid], SubmissionRecord>('submission-past'),
  /** Submissions by content: they still need its bytes. */
  submissionOf: defineTable<[content: Guid, submission: Guid], true>('submission-of'),
  /** What became of mail that is past, or isn't remembered otherwise: whoever hands it in once more, out of an old backup say, is told. */
  submissionEnded: defineTable<[submission: Guid], SubmissionEndedRecord>('submission-ended'),
  /** What the upstream told of how mail is sent from there, and of this replica's mail. */
  outboxThere: defineTable<[], OutboxThereRecord>('outbox-there'),
  /** Contents of which the running or the next exchange should bring more. */
  expected: defineTable<[content: Guid], true>('expected'),
  /** Contents whose bytes outlive their last message, with the log position at which that went; 0 where they wait for their file. */
  kept: defineTable<[content: Guid], number>('kept'),
  /** Contents that are not whole. */
  partial: defineTable<[content: Guid], true>('partial'),
  /** Messages that the upstream spoke of and that aren't known here. The value says whether they were asked for. */
  unknown: defineTable<[mailbox: Guid, number: number], UnknownRecord>('unknown'),
  wanted: defineTable<[content: Guid, part: number], true>('wanted'),
  wantedGist: defineTable<[content: Guid, part: number], WantedGistRecord>('wanted-gist'),
  /** In the order in which they were made. A sync only lists them: other processes write them. */
  wish: defineTable<[number: number], WishRecord>('wish'),
  place: defineTable<[message: Guid], PlaceRecord>('place'),
  file: defineTable<[mailbox: Guid, locator: string], FileRecord>('file'),
  mailboxFile: defineTable<[mailbox: Guid], MailboxFileRecord>('mailbox-file'),
  /** What the window leaves out of a mailbox. One without ranges is to be told to the upstream. */
  shore: defineTable<[mailbox: Guid], ShoreRecord>('shore'),
  /** What was taken off this disk to make room (`sync/evict`). */
  evicted: defineTable<[message: Guid], EvictedRecord>('evicted'),
  evictionState: defineTable<[], EvictionStateRecord>('eviction-state'),
  /** What the mail store must still be told. */
  todoMailbox: defineTable<[mailbox: Guid], true>('todo-mailbox'),
  todo: defineTable<[mailbox: Guid, message: Guid], true>('todo'),
  /** Devices go by their replica's id: a client set up anew is another device, whatever its pairing. */
  device: defineTable<[device: string], DeviceRecord>('device'),
  /** What the windows of a device leave out, by the name of all of it. */
  shoreThere: defineTable<[device: string, name: string], ShoreThereRecord>('shore-there'),
  /** What it was told that it may let go of, since it last showed that it knows what it was told (`sync/shore/let-go.ts`). */
  vouched: defineTable<[device: string], Uint8Array>('vouched'),
  /** A mailbox that the device has named as one that it knows, when a loss of memory had left it no cursor that says so. */
  namedBy: defineTable<[device: string, mailbox: Guid], true>('named-by'),
  /** What a mailbox that some device named by this GUID turned out to be here. */
  metAs: defineTable<[mailbox: Guid], Guid>('met-as'),
  /** A message here that one of the device's own turned out to be. */
  adopted: defineTable<[device: string, message: Guid], true>('adopted'),
  alias: defineTable<[device: string, guid: Guid], Guid>('alias'),
  /** What had this GUID here before the upstream's was known. */
  renamed: defineTable<[guid: Guid], Guid>('renamed'),
  /** A content that the device holds under a message which is gone here. The value is that message's GUID. */
  holds: defineTable<[device: string, content: Guid], Guid>('holds'),
  result: defineTable<[device: string, number: number, index: number], OperationResult>('result'),
  conflict: defineTable<[number: number], ConflictRecord>('conflict'),
  /** By what a conflict is about: the last one of these. Databases of earlier versions get it with their next conflict. */
  conflictOf: defineTable<[kind: ConflictKind, mailbox: Guid, here: Guid, there: Guid], number>(
    'conflict-of',
  ),
  /** The key by which stand-ins that were written here are known. A key beside the mail takes precedence (`sync/content/stand-in-key.ts`). */
  standInKey: defineTable<[], Uint8Array>('stand-in-key'),
  /** What was measured on a link, by its profile's name. */
  measuredLine: defineTable<[link: string], MeasuredLine>('measured-line'),
  /** Messages that the upstream hasn't spoken of yet since one of the two lost its memory. */
  uncompared: defineTable<[message: Guid], UncomparedRecord>('doubtful'),
  /** Uncompared messages of which only a list entry is here: they are known again by that. */
  likeness: defineTable<[mailbox: Guid, sizeBytes: number, message: Guid], true>('likeness'),
  /** A stand-in in the mail store for a message that isn't known here: this database was made anew. */
  unknownStandIn: defineTable<[message: Guid, mailbox: Guid, locator: string], Flags>('stray'),
  /** What is in stand-ins that name this message is all that there is of it by now: they are mail like any other. */
  orphaned: defineTable<[message: Guid], true>('orphaned'),
  /** More was missing there than may go without asking. The value is the number of the conflict that says so. */
  heldBack: defineTable<[mailbox: Guid, missing: 'here' | 'upstream'], number>('held-back'),
  /**
   * A message whose UID on the device's side was given to something else here. It gets a new one once the
   * whole journal is applied, above every UID that the journal mentions; a UID given earlier could collide
   * with one of the device's next.
   */
  refusedUid: defineTable<[device: string, message: Guid], true>('refused-uid'),
  /** By pairing, or by the device's name where it has no pairing (`sync/policy/device-quota.ts`). */
  quota: defineTable<[by: string], QuotaRecord>('quota'),
  /** By pairing, or by the device's name where it has no pairing, as the tables below (`sync/policy/device-guard.ts`). */
  deletions: defineTable<[by: string], DeletionsRecord>('deletions'),
  /** For one mailbox: how many messages it had when the window of time began, and how many have gone. */
  deletionsIn: defineTable<[by: string, mailbox: Guid], MailboxDeletionsRecord>('deletions-in'),
  /** The device has moved this content to where it may be emptied, and that was counted. */
  trashedBy: defineTable<[by: string, content: Guid], true>('trashed-by'),
  heldFrom: defineTable<[by: string, mailbox: Guid], HeldFromRecord>('held-from'),
  /** A message that stays although the device expunged what it was before. */
  keptFrom: defineTable<[by: string, mailbox: Guid, message: Guid], true>('kept-from'),
  /** Messages whose bytes the mail store holds, since their mailbox's expunges are synchronous. */
  held: defineTable<[message: Guid], true>('held'),
  /** Expunged here by a person, and not done before the upstream says so. */
  expunging: defineTable<[message: Guid], ExpungingRecord>('expunging'),
  /**
   * What can't be read or written now, by mailbox (its GUID, or its name while it has none) and item (a
   * locator or a message; '' for the mailbox itself). `upstream`: the upstream's own problems, by number.
   */
  problem: defineTable<[act: ProblemSide, mailbox: string, item: string], ProblemRecord>('problem'),
  /** The upstream's problems as it last told them: their name, and how many there are. */
  problemsThere: defineTable<[], ProblemsThereRecord>('problems-there'),
  /** The upstream has moved it here out of a mailbox that isn't there to be emptied (`sync/write/count-trashed.ts`). */
  trashed: defineTable<[message: Guid], true>('trashed'),
  /** Expunged on suspicion: its file is put aside for a while instead of being removed. */
  aside: defineTable<[message: Guid], true>('aside'),
  /** What a person asks the upstream for; as with wishes, who works on the replica only lists them. */
  question: defineTable<[number: number], QuestionRecord>('question'),
  /** What the upstream last said to each. */
  answer: defineTable<[number: number], AnswerRecord>('answer'),
  /** What a person took of that, by the upstream's numbers: it stays here. */
  taken: defineTable<[mailbox: Guid, number: number], true>('taken'),
  /** Where a person has put what stands for a hit that isn't here (`sync/search/filed-hits.ts`). */
  ashoreFile: defineTable<[mailbox: Guid, locator: string], AshoreFileRecord>('ashore-file'),
  /** The index of words (`sync/search`): there once somebody has searched. */
  searchIndex: defineTable<[], SearchStateRecord>('search-index'),
  /** Contents and their days by the numbers that they have in it, and these numbers by some digits of the contents (`numbered-contents.ts`). */
  searchPage: defineTable<[page: number], Uint8Array>('search-page'),
  searchPlace: defineTable<[bucket: number], Uint8Array>('search-place'),
  /** Words of a block that follow each other, with the numbers that have them (`word-run.ts`). */
  searchRun: defineTable<[block: number, first: string], Uint8Array>('search-run'),
  /** Contents in the index whose text isn't all here: their `progress` when they were last looked at. */
  searchLack: defineTable<[content: Guid], number>('search-lack'),
  /** The index of earlier versions, which goes once the one above is made (`earlier-index.ts`). */
  searchState: defineTable<[], SearchStateRecord>('search-state'),
  searchContent: defineTable<[number: number], Guid>('search-content'),
  searchNumber: defineTable<[content: Guid], number>('search-number'),
  searchWords: defineTable<[number: number], string>('search-words'),
  searchWord: defineTable<[block: number, word: string], Uint8Array>('search-word'),
}
