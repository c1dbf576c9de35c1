import type { Change } from '../../replica/change.js'
import { getContent } from '../../replica/content/contents.js'
import { hasDevices } from '../../replica/devices.js'
import { fileOf, removeFile } from '../../replica/files.js'
import { bridgeGaps, normalizeRanges, rangesOf } from '../../replica/ids/uid-ranges.js'
import { forgetMessage, getMessage, isLive, liveMessages } from '../../replica/messages.js'
import type { Guid, UidRange } from '../../replica/model.js'
import { readReplicaRecord } from '../../replica/replica.js'
import { tables } from '../../replica/tables.js'
import type { Reader, Transaction } from '../../store/database.js'
import { noteFileGone } from '../content/content-access.js'
import { forgetContent } from '../content/hold-whole.js'
import { isAtRest } from './is-at-rest.js'

/**
 * Marks these messages as ashore: their files are gone from this disk although nobody deleted them, and from
 * now on they count as never fetched. Those that can't be marked stay listed here, and their bytes are
 * fetched again. Returns how many are ashore.
 * @param numbered whether the upstream has numbered all that is in the mailbox, where that is known
 */
export async function leaveAshore(
  change: Change,
  mailbox: Guid,
  guids: Iterable<Guid>,
  numbered?: boolean,
): Promise<number> {
  const { tx } = change
  const alone = !(await hasDevices(tx)) && (await readReplicaRecord(tx)).recall === undefined
  const numbers: number[] = []
  let bytes = 0
  for (const guid of guids) {
    const message = await getMessage(tx, guid)
    const content = message && (await getContent(tx, message.content))
    const file = await fileOf(tx, guid)
    const stood = file?.mailbox === mailbox && message?.mailbox === mailbox
    const leaves = alone && stood && content && (await isAtRest(tx, message, content))
    await removeFile(tx, guid)
    if (!isLive(message)) continue
    if (!leaves) {
      await noteFileGone(tx, message.content)
      tables.todo.put(tx, message.mailbox, guid, true)
      continue
    }
    await forgetMessage(tx, message)
    await noteFileGone(tx, message.content)
    await forgetContent(tx, message.content)
    tables.evicted.put(tx, guid, { mailbox, number: message.upstream })
    numbers.push(message.upstream)
    bytes += content.sizeBytes
  }
  if (numbers.length > 0) await widenShore(tx, mailbox, { numbers, bytes, numbered })
  return numbers.length
}

/** The upstream is told with the next request, and looks at all of that shore then: what it finds to be inside comes back. */
async function widenShore(
  tx: Transaction,
  mailbox: Guid,
  {
    numbers,
    bytes,
    numbered,
  }: {
    readonly numbers: readonly number[]
    readonly bytes: number
    readonly numbered: boolean | undefined
  },
): Promise<void> {
  const before = (await tables.shore.get(tx, mailbox)) ?? { ranges: [], messages: 0, bytes: 0 }
  const ranges = normalizeRanges([...before.ranges, ...rangesOf(numbers)])
  tables.shore.put(tx, mailbox, {
    // What lies between two ranges and isn't here either is gone: fewer ranges say the same.
    ranges:
      (numbered ?? (await areAllNumbered(tx, mailbox)))
        ? await bridgeGaps(ranges, (gap) => isAnyHere(tx, mailbox, gap))
        : ranges,
    messages: before.messages + numbers.length,
    bytes: before.bytes + bytes,
    told: false,
  })
}

async function areAllNumbered(tx: Transaction, mailbox: Guid): Promise<boolean> {
  for await (const { upstream } of liveMessages(tx, mailbox)) if (upstream === 0) return false
  return true
}

async function isAnyHere(tx: Transaction, mailbox: Guid, { from, to }: UidRange): Promise<boolean> {
  for await (const _ of tables.upstream.list(tx, [mailbox], { start: from, end: to, limit: 1 })) return true
  return false
}

/** Messages that were here and aren't, since they were evicted. */
export async function countEvicted(reader: Reader): Promise<number> {
  let count = 0
  for await (const { key } of tables.evicted.list(reader))
    if (!(await tables.message.has(reader, key[0]))) count++
  return count
}
