import type { Change } from '../../replica/change.js'
import { asksToKeep } from '../../replica/flags.js'
import { getMailbox } from '../../replica/mailboxes.js'
import { expungeMessage, getMessage, isLive } from '../../replica/messages.js'
import { tables } from '../../replica/tables.js'
import type { Reader, Transaction } from '../../store/database.js'
import type { Hello } from '../../wire/request-frames.js'
import type { HeldBack } from '../../wire/response/accept-frame.js'
import { type Guard, isAllowed } from './guard.js'

/** What a device asked to expunge and the guard has kept (`device-guard.ts`): until somebody says what becomes of it. */

export interface Allowing {
  readonly change: Change
  readonly guard: Guard
  /** The device's pairing, or its name where there are none: a device may give itself another name. */
  readonly by: string
  /** Mailboxes from which the person at the device lets any number go. */
  readonly allow: readonly string[]
}

/** The person at the device has said that what was kept may go after all. */
export async function letGoKept({ change, guard, by, allow }: Allowing): Promise<void> {
  if (allow.length === 0 || guard.onlyOperatorAllows === true) return
  const { tx } = change
  for await (const { key, value } of tables.heldFrom.list(tx, [by])) {
    const mailbox = await getMailbox(tx, key[1])
    if (mailbox && !isAllowed(mailbox, allow)) continue
    // The device has it again by now, perhaps: it is told as everybody is.
    const local: Change = { ...change, origin: { kind: 'local' } }
    for await (const { key: kept } of tables.keptFrom.list(tx, [by, key[1]])) {
      const message = await getMessage(tx, kept[2])
      // Somebody may have marked it meanwhile.
      if (isLive(message) && !asksToKeep([], message.flags))
        await expungeMessage(local, message, { base: message.flags })
      tables.keptFrom.delete(tx, ...kept)
    }
    tables.heldFrom.delete(tx, ...key)
    const conflict = await tables.conflict.get(tx, value.conflict)
    if (conflict && conflict.settled === undefined)
      tables.conflict.put(tx, value.conflict, { ...conflict, settled: 'here' })
  }
}

/** An operator has settled it: what was kept stays, whatever the device says later. Returns whether this conflict was of that kind. */
export async function keepFromDevices(tx: Transaction, conflict: number): Promise<boolean> {
  let found = false
  for await (const { key, value } of tables.heldFrom.list(tx)) {
    if (value.conflict !== conflict) continue
    found = true
    await tables.keptFrom.clear(tx, key)
    tables.heldFrom.delete(tx, ...key)
  }
  return found
}

/** What the device has not heard of yet. */
export async function keptFromDevice(
  reader: Reader,
  by: string,
  { replica, acknowledged }: Pick<Hello, 'replica' | 'acknowledged'>,
): Promise<HeldBack[]> {
  const kept: HeldBack[] = []
  for await (const { key, value } of tables.heldFrom.list(reader, [by]))
    if (value.device === replica && value.number > acknowledged)
      kept.push({ mailbox: key[1], gone: value.gone, of: value.of, kept: true })
  return kept
}
