import type { StoreMessage } from '../../sync/mail-store.js'
import type { Entry } from './entries.js'
import { guidInBaseName } from './file-name.js'
import { flagsOfLetters, type Keywords } from './keywords.js'
import type { byBase } from './numbering.js'

/** A mailbox's files as messages, the newest at the end, with what its numbering knows of them: one for each base name. */
export function messagesOfFiles(
  entries: readonly Entry[],
  keywords: Keywords,
  numbers: ReturnType<typeof byBase> | undefined,
): StoreMessage[] {
  // Seen in new/ and cur/ it was being moved, and cur/, which is read later, counts.
  const files = new Map(entries.map((entry) => [entry.base, entry]))
  const bySecond = [...files.values()].map((entry) => ({ entry, second: secondOf(entry.base) }))
  bySecond.sort((a, b) => a.second - b.second)
  return bySecond.map(({ entry }) => ({ ...numbers?.get(entry.base), ...toMessage(entry, keywords) }))
}

/** When the file was made, as its name says; 0 where it doesn't. */
const secondOf = (base: string): number => Number(/^\d{1,12}(?=\.)/.exec(base)?.[0] ?? 0)

function toMessage(entry: Entry, keywords: Keywords): StoreMessage {
  const guid = guidInBaseName(entry.base)
  return {
    locator: entry.base,
    flags: flagsOfLetters(entry.letters, keywords),
    ...(entry.folder === 'new' && { recent: true }),
    ...(guid !== undefined && { guid }),
  }
}
