import { estimate } from '../../link/profile/estimate.js'
import type { Account } from '../../sync/account.js'
import { getMeasuredLine } from '../../sync/measured-line.js'
import { defaultPolicy } from '../../sync/policy/policy.js'
import type { Looks, SyncTerms } from '../port.js'
import { mailboxRows } from '../view/mailbox-rows.js'
import { mattersOf } from '../view/matters.js'
import { messagePage, positionOf } from '../view/message-page.js'
import { partBytes, type Rules, shownMessage } from '../view/shown-message.js'
import { ThreadOrders } from '../view/thread-orders.js'
import { wantedParts } from '../view/wanted-parts.js'
import { laterActs } from './later.js'
import { ownTables } from './own-tables.js'
import { lineName } from './run-sync.js'
import { draftOf } from './saved-drafts.js'
import { lineOf, policyOf } from './terms.js'

/** What a page is shown of an account. */
export function looksOf(account: Account, savesData: () => boolean): Looks {
  const { replica } = account
  const orders = new ThreadOrders()
  const terms = async (): Promise<SyncTerms> => (await ownTables.own.get(replica.db))?.terms ?? {}
  const rules = async (): Promise<Rules> => {
    const measured = await getMeasuredLine(replica.db, lineName)
    const said = await terms()
    const line = lineOf(said)
    return { policy: policyOf(said, savesData()), estimate: (bytes) => estimate(0, bytes, line, measured) }
  }
  return {
    mailboxes: () => mailboxRows(replica, []),
    list: (mailbox, from, count) => messagePage(replica.db, orders, mailbox, { from, count }),
    position: (mailbox, message) => positionOf(replica.db, orders, mailbox, message),
    message: async (message) => {
      const shown = await shownMessage(account, message, await rules())
      const draft = await draftOf(account, shown.guid)
      return { ...shown, ...(draft && { draft }) }
    },
    part: (message, part) => partBytes(account, message, part),
    search: async (words, count) => (await laterActs()).foundRows(account, words, { count }),
    matters: () => mattersOf(replica.db),
    ashore: async () => (await laterActs()).ashoreView(replica.db, defaultPolicy.select),
    terms,
    wanted: async () => wantedParts(replica, await rules(), []),
  }
}
