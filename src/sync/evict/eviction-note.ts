import type { Guid } from '../../replica/model.js'
import type { EvictionsPort } from '../mail-store.js'

/**
 * Names the messages that were removed from this disk to make room. The note is written before any of them
 * goes, and it lies beside the mail, so that it travels with it: no database, however old, then takes what is
 * missing for a deletion.
 */
export interface EvictionNote {
  /** Another one whenever it can't be told what stood in the note before. */
  readonly id: Guid
  /** Grows whenever something is taken away. */
  readonly generation: number
  /** For each message, the generation in which it last left. */
  readonly evicted: ReadonlyMap<Guid, number>
}

/** The first line with its end. */
const headBytes = 100

export function encodeNote({ id, generation, evicted }: EvictionNote): string {
  const lines = [...evicted].map(([guid, at]) => `${guid} ${at}\n`)
  return `packetboat-evicted 1 ${id} ${generation} ${evicted.size}\n${lines.join('')}`
}

/** Undefined for a damaged note, of which nothing can be relied on. */
export function decodeNote(text: string): EvictionNote | undefined {
  const head = readHead(text)
  if (!head) return undefined
  const evicted = new Map<Guid, number>()
  for (const line of text.split('\n').slice(1, -1)) {
    const [, guid, at] = /^([0-9a-f]{32}) (\d{1,15})$/.exec(line) ?? []
    if (guid === undefined || at === undefined) return undefined
    evicted.set(guid, Number(at))
  }
  const { id, generation } = head
  return evicted.size === head.count && text.endsWith('\n') ? { id, generation, evicted } : undefined
}

function readHead(
  text: string,
): (Pick<EvictionNote, 'id' | 'generation'> & { readonly count: number }) | undefined {
  const [, id, generation, count] =
    /^packetboat-evicted 1 ([0-9a-f]{32}) (\d{1,15}) (\d{1,15})\n/.exec(text) ?? []
  if (id === undefined) return undefined
  return { id, generation: Number(generation), count: Number(count) }
}

/** Which note it is, and how new, without reading all of it. One that is damaged is none that anybody knows. */
export async function readNoteHead(
  port: EvictionsPort,
): Promise<Pick<EvictionNote, 'id' | 'generation'> | undefined> {
  const text = await port.readNote(headBytes)
  return text === undefined ? undefined : (readHead(text) ?? { id: '', generation: 0 })
}

/** Undefined where there is no readable note. */
export async function readNote(port: EvictionsPort): Promise<EvictionNote | undefined> {
  const text = await port.readNote()
  return text === undefined ? undefined : decodeNote(text)
}
