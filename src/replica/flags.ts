import type { FlagDelta, Flags } from './model.js'

/** Sorted, without repetition: the one form in which flags are compared and kept. */
export function toFlags(names: Iterable<string>): Flags {
  return [...new Set(names)].sort()
}

export function equalFlags(a: Flags, b: Flags): boolean {
  return a.length === b.length && a.every((name, i) => name === b[i])
}

/** A keyword is an atom (RFC 9051 2.3.2): no white space, no control characters, nothing that could break a file. */
export function isKeyword(name: string): boolean {
  return name.length <= 200 && /^[^\s"\\(){%*\]\p{Cc}]+$/u.test(name)
}

/** What was done to `before` to make it `after`. */
export function flagDelta(before: Flags, after: Flags): FlagDelta {
  return { add: without(after, before), remove: without(before, after) }
}

/** What of a delta changes these flags. */
export function effectOn(flags: Flags, { add, remove }: FlagDelta): FlagDelta {
  const set = new Set(flags)
  return { add: without(add, flags), remove: remove.filter((name) => set.has(name)) }
}

/** In time linear in their number: a device or a mail server may give a message tens of thousands of keywords. */
function without(names: Flags, others: Flags): string[] {
  const set = new Set(others)
  return names.filter((name) => !set.has(name))
}

export function isEmptyDelta(delta: FlagDelta): boolean {
  return delta.add.length === 0 && delta.remove.length === 0
}

export function applyDelta(flags: Flags, delta: FlagDelta): Flags {
  return toFlags([...without(flags, delta.remove), ...delta.add])
}

/**
 * Whether a person who changed `before` into `after` asked for the message to be kept: by flagging it, or by
 * taking back its deletion. An expunge by somebody who hadn't seen that doesn't destroy the message
 * (docs/CONFLICTS.md).
 */
export function asksToKeep(before: Flags, after: Flags): boolean {
  const { add, remove } = flagDelta(before, after)
  return add.includes('\\Flagged') || remove.includes('\\Deleted')
}
