import { fieldText, headerFields } from './header-fields.js'

/** By which programs say that they write to many, or that nobody wrote it: RFC 2919, 2369, 2076, 3834. */
const ofMany: ReadonlyMap<string, RegExp> = new Map([
  ['list-id', /./],
  ['list-unsubscribe', /./],
  ['precedence', /^(?:bulk|list|junk)\b/i],
  ['auto-submitted', /^auto-/i],
])

const ofAnswer = new Set(['in-reply-to', 'references'])

const mostValueBytes = 100

/**
 * Whether these bytes begin with the header of a newsletter, a program's notice, or anything else that nobody
 * wrote to its recipient personally. An answer on a list was written to somebody.
 */
export function isSentToMany(structure: Uint8Array): boolean {
  let isOfMany = false
  for (const field of headerFields(structure)) {
    if (ofAnswer.has(field.name)) return false
    isOfMany ||= ofMany.get(field.name)?.test(fieldText(structure, field, mostValueBytes)) ?? false
  }
  return isOfMany
}
