import type { QuestionRow } from '../../matters.js'

const dayMs = 86_400_000

/** Asks for what is in a mailbox, whatever it is: the newest of it comes. Undefined for a name that no question can hold. */
export function questionIn(path: readonly string[]): string | undefined {
  const name = path.join('/')
  return name.includes('"') ? undefined : `in:"${name}"`
}

/**
 * The same question about what is older than its hits, where there is more than they are. Days are whole: those of the last one come again, but where
 * they were all.
 */
export function olderQuestion({ words, total, hits }: QuestionRow): string | undefined {
  const days = hits.map(({ arrivedMs }) => Math.floor(arrivedMs / dayMs))
  if (days.length === 0 || total <= days.length) return undefined
  const [first, last] = [Math.max(...days), Math.min(...days)]
  const day = new Date((first === last ? last : last + 1) * dayMs).toISOString().slice(0, 10)
  return `${words.replace(/(?<!\S)before:\S+\s*/gi, '').trim()} before:${day}`
}
