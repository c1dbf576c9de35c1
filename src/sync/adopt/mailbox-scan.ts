import type { KeptNumbers } from '../../replica/ids/kept-numbers.js'
import type { Guid, MailboxPath } from '../../replica/model.js'
import type { FoundProblem } from '../../replica/problems.js'
import type { FileRecord } from '../../replica/records.js'
import type { Numbering, StoreMessage } from '../mail-store.js'

/** What a look at a mailbox takes over of its new files. */
export interface Share {
  /** What came when all before it had been read or had got its number, in order. */
  readonly arrived: readonly StoreMessage[]
  /** What is older, the newest first. */
  readonly older: readonly StoreMessage[]
  readonly kept?: KeptNumbers
  /** What couldn't be read before. */
  readonly again: readonly StoreMessage[]
  /** How many stay for another look. */
  readonly left: number
}

/** What has changed in one mailbox of the mail store since it was last looked at. */
export interface MailboxScan {
  readonly mailbox: Guid
  readonly path: MailboxPath
  readonly token: string
  readonly numbering: Numbering | undefined
  /** How many files were known. */
  readonly files: number
  /** New files, those that came last at the end, as far as can be told. */
  readonly fresh: readonly StoreMessage[]
  /** Files that a text stands for, as they couldn't be read: perhaps they can be by now. */
  readonly again: readonly StoreMessage[]
  readonly reflagged: readonly { readonly file: FileRecord; readonly now: StoreMessage }[]
  /** Files of which only one thing has changed: a mail program has opened the mailbox. */
  readonly opened: readonly { readonly file: FileRecord; readonly now: StoreMessage }[]
  /** By message. A file is taken out when the message is found under another name. */
  readonly vanished: Map<Guid, FileRecord>
  /** Files that are known and weren't seen, while not all could be: they may be there. */
  readonly doubted: boolean
  /** What isn't in it is gone. */
  readonly isSeen: boolean
  /** Something that isn't there may be out of sight elsewhere: the mailbox is looked at again. */
  waits?: boolean
  /** Which of the new files are taken over now. */
  share?: Share
  /** While messages are taken over that are older than some which were read before. */
  kept?: KeptNumbers
  /** What of it can't be read now. */
  readonly problems: FoundProblem[]
  /** Whether something that couldn't be read before is still there. */
  readonly present: (locator: string) => boolean
}

/** A look at a mailbox that has found nothing in it; `found` says what it has. */
export function scanOfNothing(
  found: Pick<MailboxScan, 'mailbox' | 'path'> & Partial<MailboxScan>,
): MailboxScan {
  return {
    token: '',
    numbering: undefined,
    files: 0,
    fresh: [],
    again: [],
    reflagged: [],
    opened: [],
    vanished: new Map(),
    doubted: false,
    isSeen: false,
    problems: [],
    present: () => false,
    ...found,
  }
}
