import type { StoreMessage } from '../../sync/mail-store.js'
import type { Entry } from './entries.js'
import { guidInBaseName } from './file-name.js'
import { flagsOfLetters, type Keywords } from './keywords.js'
import type { byBase } from './numbering.js'

/** A mailbox's files as messages, with what its numbering knows of them: one for each base name. */
export function messagesOfFiles(
  entries: readonly Entry[],
  keywords: Keywords,
  numbers: ReturnType<typeof byBase> | undefined,
): StoreMessage[] {
  // Seen in new/ and cur/ it was being moved, and cur/, which is read later, counts.
  const files = new Map(entries.map((entry) => [entry.base, entry]))
  return [...files.values()].map((entry) => ({ ...numbers?.get(entry.base), ...toMessage(entry, keywords) }))
}

function toMessage(entry: Entry, keywords: Keywords): StoreMessage {
  const guid = guidInBaseName(entry.base)
  return {
    locator: entry.base,
    flags: flagsOfLetters(entry.letters, keywords),
    ...(entry.folder === 'new' && { recent: true }),
    ...(guid !== undefined && { guid }),
  }
}
