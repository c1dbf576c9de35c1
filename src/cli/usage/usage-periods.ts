import type { UsageEntry } from './usage-entry.js'

/** Days and months are the person's own: by the local time zone. */

/** `2026-11-25`. */
export function dayOf({ at }: Pick<UsageEntry, 'at'>): string {
  const date = new Date(at)
  return `${monthOf({ at })}-${String(date.getDate()).padStart(2, '0')}`
}

/** `2026-11`. */
export function monthOf({ at }: Pick<UsageEntry, 'at'>): string {
  const date = new Date(at)
  return `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, '0')}`
}

/** Entries by a name that each has, in the order in which the names came up. */
export function grouped(
  entries: readonly UsageEntry[],
  nameOf: (entry: UsageEntry) => string,
): Map<string, UsageEntry[]> {
  const groups = new Map<string, UsageEntry[]>()
  for (const entry of entries) {
    const name = nameOf(entry)
    const group = groups.get(name)
    if (group) group.push(entry)
    else groups.set(name, [entry])
  }
  return groups
}
