import { PacketboatError } from '../../errors/packetboat-error.js'
import type { Estimate } from '../../link/profile/estimate.js'
import { counted, formatBytes } from '../../told/sizes.js'
import { partTitle, type WaitingMessage, type WaitingPart } from '../../told/waiting-parts.js'
import type { CommandContext } from '../command-context.js'
import { costWords } from '../text/cost-words.js'
import type { PickLine } from '../text/pick-list.js'
import { plainText } from '../text/plain-text.js'

/** A terminal that a person can be asked on. */
export interface Asked {
  readonly keyboard: NodeJS.ReadStream
  readonly terminal: NodeJS.WriteStream
}

/** Throws USAGE where there is nobody to ask. */
export function askedOn({ keyboard, terminal, output }: CommandContext): Asked {
  if (keyboard && terminal && !output.json) return { keyboard, terminal }
  throw new PacketboatError(
    'USAGE',
    '--choose needs a terminal to ask on.',
    'Without one: packetboat waiting lists what is missing, packetboat waiting --take NAME puts it on the list, and packetboat sync fetches it.',
  )
}

/** Rows for the question itself, its sum, what the keys do, and the cursor. */
const otherRows = 6

/** Lets a person pick among what waits; those that would come by themselves are picked already. Throws INTERRUPTED. */
export async function pickParts(
  waiting: readonly WaitingMessage[],
  { keyboard, terminal }: Asked,
  signal: AbortSignal,
  priceOf: (bytes: number) => Estimate,
): Promise<ReadonlySet<string>> {
  // Loaded only where a person is asked: it takes a while to load.
  const { pickList } = await import('../text/pick-list.js')
  const { lines, partsOf } = choicesOf(waiting, priceOf)
  const pickedParts = (picked: Iterable<string>): WaitingPart[] =>
    [...picked].flatMap((value) => partsOf.get(value) ?? [])
  const total = (picked: ReadonlySet<string>): string => {
    const parts = pickedParts(picked)
    const bytes = lackOf(parts)
    return `${counted(parts.length, 'part')}: ${costWords(bytes, priceOf(bytes))}`
  }
  try {
    const picked = await pickList(
      {
        message: 'What shall come?',
        lines,
        height: Math.max(3, (terminal.rows || 24) - otherRows),
        columns: terminal.columns || 80,
        total,
      },
      { input: keyboard, output: terminal, signal },
    )
    return new Set(pickedParts(picked).map(({ name }) => name))
  } catch (cause) {
    throw new PacketboatError(
      'INTERRUPTED',
      'Nothing was chosen, and nothing more was fetched.',
      'packetboat waiting lists what is missing. The next sync fetches what the settings allow.',
      { cause },
    )
  }
}

/** What nobody wants to be asked about one by one: HTML beside a text that is here, and what is smaller than this. */
const smallBytes = 2000

const isSmall = ({ type, fileName, sizeBytes }: WaitingPart): boolean =>
  sizeBytes < smallBytes || (type === 'text/html' && fileName === undefined)

/** The lines to pick from, and which parts each stands for: small things have one line for all, those that would come and the others apart. */
export function choicesOf(
  waiting: readonly Pick<WaitingMessage, 'envelope' | 'parts'>[],
  priceOf: (bytes: number) => Estimate,
): { readonly lines: readonly PickLine[]; readonly partsOf: ReadonlyMap<string, readonly WaitingPart[]> } {
  const partsOf = new Map<string, readonly WaitingPart[]>()
  const lines = waiting.flatMap(({ envelope, parts }): PickLine[] => {
    const big = parts.filter((part) => !isSmall(part))
    const [sender] = envelope.from
    const head = `${sender?.name || sender?.address || '(nobody)'}: ${envelope.subject ?? '(no subject)'}`
    for (const part of big) partsOf.set(part.name, [part])
    return big.length === 0
      ? []
      : [
          { heading: plainText(head) },
          ...big.map((part) => ({
            value: part.name,
            name: plainText(`${partWords([part], priceOf)}  ${partTitle(part)}`),
            checked: isPicked(part),
          })),
        ]
  })
  const small = waiting.flatMap(({ parts }) => parts.filter(isSmall))
  const folded = [true, false].flatMap((checked): PickLine[] => {
    const some = small.filter((part) => isPicked(part) === checked)
    if (some.length === 0) return []
    const value = `small ${checked}`
    partsOf.set(value, some)
    const name = `${partWords(some, priceOf)}  ${counted(some.length, 'part')}`
    return [{ value, name, checked }]
  })
  const heading = `Parts under ${formatBytes(smallBytes)}, and HTML versions of texts:`
  return { lines: [...lines, ...(folded.length > 0 ? [{ heading }, ...folded] : [])], partsOf }
}

export function isPicked({ state }: Pick<WaitingPart, 'state'>): boolean {
  return state === 'wanted' || state === 'coming'
}

const lackOf = (parts: readonly WaitingPart[]): number =>
  parts.reduce((sum, { sizeBytes, heldBytes }) => sum + Math.max(0, sizeBytes - heldBytes), 0)

function partWords(parts: readonly WaitingPart[], priceOf: (bytes: number) => Estimate): string {
  const held = parts.reduce((sum, { heldBytes }) => sum + heldBytes, 0)
  const lack = lackOf(parts)
  return `${costWords(lack, priceOf(lack))}${held > 0 ? `, ${formatBytes(held)} here` : ''}`
}
