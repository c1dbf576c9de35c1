import { type ByteSource, equalSources } from '../../bytes/source.js'
import { headerFields, unfold } from './header-fields.js'
import { readHeader } from './hidden-fields.js'

/**
 * How another message with the same Message-ID compares with this one: both say the `same`; the other says
 * all that this one does and `more`, such as a Bcc; or it `differs`, which is also the answer in any doubt.
 */
export type Comparison = 'same' | 'more' | 'differs'

/** What mail programs and servers note about a message: nothing that its author said. */
const notes = /^(x-.*|message-id|date|mime-version|user-agent|lines|content-length|status|received)$/

/** Added on the way out where its author left it out. */
const added = /^from:/

export async function compareMail(one: ByteSource, other: ByteSource): Promise<Comparison> {
  const [header, otherHeader] = [await readHeader(one), await readHeader(other)]
  if (!header || !otherHeader) return 'differs'
  const [said, saidThere] = [saidIn(header), saidIn(otherHeader)]
  if (!isWithin(said, saidThere)) return 'differs'
  const bodies = { start: header.length, otherStart: otherHeader.length }
  if (!(await equalSources(one, other, bodies))) return 'differs'
  const more = saidThere.filter((field) => !added.test(field))
  return isWithin(more, said) ? 'same' : 'more'
}

/** The same by the servers that have passed each of them on and noted it: whether the other says `more` of them. */
export async function compareTraces(one: ByteSource, other: ByteSource): Promise<Comparison> {
  return (await countTraces(other)) > (await countTraces(one)) ? 'more' : 'same'
}

async function countTraces(message: ByteSource): Promise<number> {
  const header = (await readHeader(message)) ?? new Uint8Array()
  return [...headerFields(header)].filter(({ name }) => name === 'received').length
}

/** Fields as `name:value`, unfolded. */
function saidIn(header: Uint8Array): string[] {
  // One character a byte: no two values become the same text.
  const decoder = new TextDecoder('windows-1252')
  const fields: string[] = []
  for (const { name, valueStart, end } of headerFields(header))
    if (!notes.test(name)) fields.push(`${name}:${unfold(decoder.decode(header.subarray(valueStart, end)))}`)
  return fields
}

function isWithin(some: readonly string[], all: readonly string[]): boolean {
  const there = new Set(all)
  return some.every((field) => there.has(field))
}
