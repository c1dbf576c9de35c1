import { dataDirAt } from '../settings/data-dir.js'
import type { OpenConfig } from '../settings/open-config.js'
import type { UsageEntry } from './usage-entry.js'
import { openUsageFile } from './usage-file.js'

/** What all accounts of this machine have used: an allowance is for all of them. */
export function usageOfAll({ accounts, data }: Pick<OpenConfig, 'accounts' | 'data'>): UsageEntry[] {
  return [...new Set([...accounts.values(), data.root])].flatMap((root) =>
    openUsageFile(dataDirAt(root), Date.now).read(),
  )
}
