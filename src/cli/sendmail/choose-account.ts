import { join } from 'node:path'
import { PacketboatError } from '../../errors/packetboat-error.js'
import { readKnown } from '../../outbox/known.js'
import { topAccount } from '../../settings/account-table.js'
import { coversAddress } from '../../sync/submission/identities.js'
import type { LoadedConfig } from '../settings/open-config.js'

/** Below an account's data directory. */
export const outboxFolder = 'outbox'

/**
 * Which of several accounts of this machine sends a mail: the one that may send as the first of these
 * addresses that any account may send as; else the one at the top of the settings. Throws CONFIG when that
 * doesn't decide it.
 */
export async function chooseAccount(
  { accounts, path }: LoadedConfig,
  addresses: readonly string[],
): Promise<string | undefined> {
  const [first, ...others] = accounts.keys()
  if (others.length === 0) return first
  const identities = new Map<string, readonly string[]>()
  for (const [name, root] of accounts)
    identities.set(name, (await readKnown(join(root, outboxFolder)))?.identities ?? [])
  for (const address of addresses)
    for (const [name, own] of identities) if (coversAddress(own, address)) return name
  if (accounts.has(topAccount)) return topAccount
  throw new PacketboatError(
    'CONFIG',
    `${path} has several accounts, and none is known to send mail as ${addresses[0] ?? 'its sender'}.`,
    `Add -a with one of ${[...accounts.keys()].join(', ')}.`,
  )
}
