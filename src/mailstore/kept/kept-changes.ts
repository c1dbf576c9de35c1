/** Of so many changes it is known what they were. */
const rememberedChanges = 4096

/** What has changed in mailboxes lately, by their tokens: where little has, in a large one, nobody lists all of it for that. */
export interface KeptChanges {
  /** A transaction that is about to be committed makes one token of another. If it fails, that is no harm: its token never comes up. */
  note(before: string, after: string, locator: string | undefined): void
  /** The locators of what has changed between two tokens of a mailbox; undefined where that isn't known. */
  between(before: string, now: string): ReadonlySet<string> | undefined
}

export function createKeptChanges(): KeptChanges {
  const changes = new Map<string, { after: string; readonly locators: Set<string> }>()
  return {
    note: (before, after, locator) => {
      const change = changes.get(before) ?? { after, locators: new Set() }
      changes.delete(before)
      changes.set(before, change)
      change.after = after
      if (locator !== undefined) change.locators.add(locator)
      for (const oldest of changes.keys()) {
        if (changes.size <= rememberedChanges) break
        changes.delete(oldest)
      }
    },
    between: (before, now) => {
      const locators = new Set<string>()
      for (let token = before; token !== now; ) {
        const change = changes.get(token)
        if (!change) return undefined
        for (const locator of change.locators) locators.add(locator)
        token = change.after
      }
      return locators
    },
  }
}
