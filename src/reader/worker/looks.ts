import { estimate } from '../../link/profile/estimate.js'
import type { Account } from '../../sync/account.js'
import { getMeasuredLine, type MeasuredLine } from '../../sync/measured-line.js'
import { defaultPolicy } from '../../sync/policy/policy.js'
import type { Looks } from '../port.js'
import { foundRows } from '../view/found-rows.js'
import { mailboxRows } from '../view/mailbox-rows.js'
import { messagePage, positionOf } from '../view/message-page.js'
import { partBytes, type Rules, shownMessage } from '../view/shown-message.js'
import { ThreadOrders } from '../view/thread-orders.js'
import { wantedParts } from '../view/wanted-parts.js'
import { draftOf } from './drafts.js'
import { lineName } from './run-sync.js'

/** No browser has a price for its line, nor a rate of which anybody has said it. */
const unknownLine = {
  rate: undefined,
  rateUp: undefined,
  latencyMs: undefined,
  price: undefined,
  billingStep: undefined,
  limitRate: undefined,
}

/** What a page is shown of an account. */
export function looksOf(account: Account): Looks {
  const { replica } = account
  const orders = new ThreadOrders()
  const rules = async (): Promise<Rules> => {
    const measured = await getMeasuredLine(replica.db, lineName)
    return { policy: defaultPolicy, secondsFor: (bytes) => secondsFor(bytes, measured) }
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
    search: (words, count) => foundRows(account, words, { count }),
    wanted: async () => wantedParts(replica, await rules(), []),
  }
}

function secondsFor(bytes: number, measured: MeasuredLine | undefined): number | undefined {
  return estimate(0, bytes, unknownLine, measured).seconds
}
