import type { StoreMessage } from '../../sync/mail-store.js'
import type { Entry } from './entries.js'
import { guidInBaseName } from './file-name.js'
import { flagsOfLetters, type Keywords } from './keywords.js'
import type { byBase } from './numbering.js'

/** A mailbox's files as messages, with what its numbering knows of them. */
export function messagesOfFiles(
  entries: readonly Entry[],
  keywords: Keywords,
  numbers: ReturnType<typeof byBase> | undefined,
): StoreMessage[] {
  return unique(entries.map((entry) => ({ ...numbers?.get(entry.base), ...toMessage(entry, keywords) })))
}

function toMessage(entry: Entry, keywords: Keywords): StoreMessage & { readonly name: string } {
  const guid = guidInBaseName(entry.base)
  const flags = flagsOfLetters(entry.letters, keywords)
  return {
    locator: entry.base,
    name: entry.name,
    flags,
    ...(entry.folder === 'new' && { recent: true }),
    ...(guid !== undefined && { guid }),
  }
}

/**
 * One message for each base name. Seen in new/ and cur/ it was being moved: cur/ counts. Twice in cur/ with different flags, the
 * other goes by its whole name.
 */
function unique(messages: readonly (StoreMessage & { readonly name: string })[]): StoreMessage[] {
  const byBase = new Map<string, StoreMessage & { readonly name: string }>()
  const extra: StoreMessage[] = []
  for (const message of messages) {
    const before = byBase.get(message.locator)
    if (before && before.name !== before.locator) {
      const [first, second] = before.name < message.name ? [before, message] : [message, before]
      byBase.set(message.locator, second)
      extra.push({ locator: first.name, flags: first.flags })
    } else byBase.set(message.locator, message)
  }
  return [...byBase.values()].map(({ name: _, ...message }) => message).concat(extra as never[])
}
