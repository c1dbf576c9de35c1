import type { Reader, Transaction } from '../store/database.js'
import type { Guid } from './model.js'
import type { DeviceRecord } from './records.js'
import { tables } from './tables.js'

/** Half a year: longer than a voyage. */
export const defaultLostAfterMs = 180 * 86_400_000

export async function listDevices(reader: Reader): Promise<(DeviceRecord & { readonly id: Guid })[]> {
  const devices: (DeviceRecord & { readonly id: Guid })[] = []
  for await (const { key, value } of tables.device.list(reader)) devices.push({ ...value, id: key[0] })
  return devices
}

/** Whether anybody asks this replica. */
export async function hasDevices(reader: Reader): Promise<boolean> {
  return tables.device.any(reader)
}

/**
 * Declares devices lost that haven't asked for this long. Nobody waits for their acknowledgements any more. A
 * device that does come back compares everything, so a wrong clock does no harm here.
 */
export async function declareLost(tx: Transaction, nowMs: number, lostAfterMs: number): Promise<void> {
  for await (const { key, value } of tables.device.list(tx))
    if (!value.lost && value.seenMs !== undefined && nowMs - value.seenMs > lostAfterMs)
      tables.device.put(tx, ...key, { ...value, lost: true })
}

/** The same by somebody who knows. Returns whether there is such a device. */
export async function declareDeviceLost(tx: Transaction, device: Guid): Promise<boolean> {
  const record = await tables.device.get(tx, device)
  if (record) tables.device.put(tx, device, { ...record, lost: true })
  return record !== undefined
}

/** What was told before counts no more: each compares everything when it asks next. */
export async function mistrustDevices(tx: Transaction): Promise<void> {
  for await (const { key, value } of tables.device.list(tx))
    tables.device.put(tx, ...key, { ...value, tokens: [] })
}

/** The log position that every device which counts has acknowledged: what lies before it, nobody has to be told of any more. */
export async function acknowledgedByAll(reader: Reader, head: number): Promise<number> {
  let position = head
  for (const device of await listDevices(reader))
    if (!device.lost) position = Math.min(position, device.acknowledged)
  return position
}
