import { getMessage, isLive } from '../../replica/messages.js'
import type { Guid } from '../../replica/model.js'
import type { MessageRecord } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import type { Reader } from '../../store/database.js'
import type { MessagePage } from '../port.js'
import { messageRows } from './message-rows.js'
import type { ThreadOrders } from './thread-orders.js'

/** The most rows at once: nobody sees more. */
const mostRows = 500

/** Some rows of a mailbox by thread. */
export async function messagePage(
  reader: Reader,
  orders: ThreadOrders,
  mailbox: Guid,
  { from, count }: { readonly from: number; readonly count: number },
): Promise<MessagePage> {
  const order = await orders.of(reader, mailbox)
  const start = Math.max(0, Math.min(Math.floor(from) || 0, order.length))
  const some = order.slice(start, start + Math.max(0, Math.min(Math.floor(count) || 0, mostRows)))
  await tables.message.readAhead(
    reader,
    some.map(({ guid }) => [guid]),
  )
  const found: { message: MessageRecord; depth: number }[] = []
  for (const { guid, depth } of some) {
    const message = await getMessage(reader, guid)
    if (isLive(message)) found.push({ message, depth })
  }
  return { total: order.length, from: start, rows: await messageRows(reader, found) }
}

/** Which row of its mailbox a message is. */
export async function positionOf(
  reader: Reader,
  orders: ThreadOrders,
  mailbox: Guid,
  message: Guid,
): Promise<number | undefined> {
  const at = (await orders.of(reader, mailbox)).findIndex(({ guid }) => guid === message)
  return at < 0 ? undefined : at
}
