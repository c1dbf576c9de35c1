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
 * Whether the header that these bytes begin with is that of a newsletter, a program's notice, or whatever else nobody wrote to the person who gets
 * it. An answer on a list was written to somebody.
 */
export function isSentToMany(structure: Uint8Array): boolean {
  let isOfMany = false
  for (const field of headerFields(structure)) {
    if (ofAnswer.has(field.name)) return false
    isOfMany ||= ofMany.get(field.name)?.test(fieldText(structure, field, mostValueBytes)) ?? false
  }
  return isOfMany
}
