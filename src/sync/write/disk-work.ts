import type { DiskWork } from '../account.js'
import { heedNote } from '../evict/heed-note.js'
import { noteReturn } from '../evict/return-evicted.js'
import { settleDoubt } from '../evict/settle-doubt.js'
import { spareEvicted } from '../scan/spare-evicted.js'
import { uidsGiven } from './uids-given.js'
import { orderByUid, repairNumberings } from './write-numbering.js'

/** For every account whose mail store is on a disk or a mail server. */
export const diskWork: DiskWork = {
  heedEvictions: async (account, windows) => {
    const heeded = await heedNote(account, windows)
    return {
      spare: (scan, movements) => spareEvicted(account, scan, movements, { ...heeded, windows }),
      settle: (seen) => settleDoubt(account, heeded, seen),
    }
  },
  noteReturn,
  orderByUid,
  repairNumberings,
  uidsGiven,
}
