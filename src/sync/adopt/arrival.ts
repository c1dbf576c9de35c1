import type { Change } from '../../replica/change.js'
import type { StoreMessage } from '../mail-store.js'
import type { MailboxScan } from './mailbox-scan.js'
import type { Movements } from './movements.js'
import type { Unfiled } from './unfiled.js'

/** A file that the replica hasn't seen, and all that it may turn out to be. */
export interface Arrival {
  readonly change: Change
  readonly scan: MailboxScan
  readonly movements: Movements
  readonly unfiled: Unfiled
  /** Where it stands, under which flags. */
  readonly now: StoreMessage
}

/** What a file shows that holds a stand-in of unknown age: anything newer replaces it. */
export const someStandIn = 0
