import { getContent } from '../../replica/content/contents.js'
import { removeFile } from '../../replica/files.js'
import { noteConflict } from '../../replica/merge/conflict-log.js'
import { getMessage, revealMessages } from '../../replica/messages.js'
import type { Guid } from '../../replica/model.js'
import { wholeFile } from '../../replica/records.js'
import { readReplicaRecord } from '../../replica/replica.js'
import { tables } from '../../replica/tables.js'
import { takePutBack } from '../evict/put-back.js'
import { wishForHit } from '../search/filed-hits.js'
import { type Arrival, someStandIn } from './arrival.js'
import { becameWhole, foundAgain } from './found-again.js'
import { contentOfFile, type IdentifiedFile, recordContent } from './identified-file.js'
import { addCopy, addNew, anyMessageOf, nameOfNew } from './new-message.js'

/**
 * Takes in a file that the replica hasn't seen. It was written by this replica before a crash, renamed,
 * moved, copied, or is new; these are checked in that order.
 */
export async function adoptFile(arrival: Arrival, file: IdentifiedFile): Promise<void> {
  const { change, scan, movements, now } = arrival
  const { tx } = change
  if (file.kind === 'ashore') return wishForHit(tx, scan.mailbox, now, file.place)
  const putBack = file.kind !== 'stand-in' && (await takePutBack(change, scan.mailbox, now))
  if (file.kind === 'unknown-stand-in') {
    tables.unknownStandIn.put(tx, file.of, scan.mailbox, now.locator, now.flags)
    return
  }
  const known =
    file.kind === 'message'
      ? await contentOfFile(tx, file)
      : await getContent(tx, (await getMessage(tx, file.of))?.content ?? '')
  if (known && (await foundAgain(arrival, file, known))) return
  if (file.kind === 'message' && !known && (await becameWhole(arrival, file))) return
  if (file.kind === 'stand-in') return adoptStandIn(arrival, file)
  if (file.editedFrom !== undefined) await spareOriginal(arrival, file.editedFrom)
  const content = await recordContent(tx, file, known?.id ?? change.replica.nextGuid())
  if (known && !known.whole) await revealMessages(change, content)
  const moved = known && (await movements.contents.elsewhere(tx, scan, content.id))
  const source = moved ?? (known && (await anyMessageOf(tx, content.id)))
  const { firstSyncEnded } = await readReplicaRecord(tx)
  const adopt = putBack || !firstSyncEnded
  if (source && !(adopt && change.replica.hasUpstream)) {
    const { internalDateMs } = file
    const copy = await addCopy(arrival, { of: source, shown: wholeFile, internalDateMs })
    if (moved) movements.movedTo.set(moved.guid, copy.guid)
    return
  }
  const named = await nameOfNew(change, scan, content, { known: known !== undefined, adopt })
  await addNew(arrival, file, content, { ...named, adopt })
  if (file.editedFrom === undefined) return
  const { mailbox } = scan
  await noteConflict(change, { kind: 'stand-in-edited', mailbox, here: named.name, there: file.editedFrom })
}

/** A stand-in that somebody moved or copied: so goes what it stands for. */
async function adoptStandIn(
  arrival: Arrival,
  { of, internalDateMs }: Extract<IdentifiedFile, { kind: 'stand-in' }>,
): Promise<void> {
  const { change, scan, movements } = arrival
  const message = await getMessage(change.tx, of)
  if (!message) return
  const moved = await movements.contents.elsewhere(change.tx, scan, message.content)
  const copy = await addCopy(arrival, { of: moved ?? message, shown: someStandIn, internalDateMs })
  if (moved) movements.movedTo.set(moved.guid, copy.guid)
}

/** Somebody edited a stand-in in its place: what it stood for is not expunged by that, and gets its file again. */
async function spareOriginal({ change, movements, unfiled }: Arrival, guid: Guid): Promise<void> {
  for (const scan of movements.scans) {
    if (!scan.vanished.delete(guid)) continue
    await removeFile(change.tx, guid)
    tables.todo.put(change.tx, scan.mailbox, guid, true)
  }
  unfiled.forget()
}
