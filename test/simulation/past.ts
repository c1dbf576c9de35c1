import { Fates } from './fates.js'
import { Rewriting } from './rewriting.js'
import { UidHistory } from './uid-history.js'

/** What has happened in a world, as far as it says what may be odd about how it ends. */
export class Past {
  readonly fates = new Fates()
  readonly uids = new UidHistory()
  readonly rewriting = new Rewriting()
  readonly counts = {
    operations: 0,
    syncs: 0,
    cuts: 0,
    crashes: 0,
    faults: 0,
    losses: 0,
    ailments: 0,
    evicted: 0,
  }
  /** Memory was lost: what was touched may come back, and copies may have been matched by digest. */
  amnesia = false
  /** Who has a database of earlier. Two of them may agree with each other: nobody notices then that something was forgotten (docs/CONFLICTS.md, duplicate 15). */
  readonly restored = new Set<number>()
  /** Relays at whose first sync two mailboxes became one: each of its devices compares everything once. */
  readonly merged = new Set<string>()
  /** Mail in Sent that couldn't be seen when its side synced. */
  readonly unseenInSent = new Set<string>()
  /** Mail of which a stand-in was moved into a mailbox that its side had never seen, and couldn't see. */
  readonly movedUnseen = new Set<string>()
  /** A full disk, or a mail store that falls silent and shows or reads only a part, has stopped somebody in the middle of a run. */
  filled = false
}
