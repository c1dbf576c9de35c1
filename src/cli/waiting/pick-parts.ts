import { PacketboatError } from '../../errors/packetboat-error.js'
import type { Estimate } from '../../link/profile/estimate.js'
import type { CommandContext } from '../command-context.js'
import { costWords } from '../text/cost-words.js'
import type { PickLine } from '../text/pick-list.js'
import { plainText } from '../text/plain-text.js'
import { counted, formatBytes } from '../text/sizes.js'
import { partTitle, type WaitingMessage, type WaitingPart } from './waiting-parts.js'

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
  // Only where somebody is asked: it takes a while to load.
  const { pickList } = await import('../text/pick-list.js')
  const lines = waiting.flatMap(({ envelope, parts }): PickLine[] => {
    const [sender] = envelope.from
    const head = `${sender?.name || sender?.address || '(nobody)'}: ${envelope.subject ?? '(no subject)'}`
    return [
      { heading: plainText(head) },
      ...parts.map((part) => ({
        value: part.name,
        name: plainText(partWords(part, priceOf)),
        checked: isPicked(part),
      })),
    ]
  })
  const lacking = new Map(waiting.flatMap(({ parts }) => parts.map((part) => [part.name, lackOf(part)])))
  const total = (picked: ReadonlySet<string>): string => {
    const bytes = [...picked].reduce((sum, name) => sum + (lacking.get(name) ?? 0), 0)
    return `${counted(picked.size, 'part')}: ${costWords(bytes, priceOf(bytes))}`
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
    return new Set(picked)
  } catch (cause) {
    throw new PacketboatError(
      'INTERRUPTED',
      'Nothing was chosen, and nothing more was fetched.',
      'packetboat waiting lists what is missing. The next sync fetches what the settings allow.',
      { cause },
    )
  }
}

export function isPicked({ state }: Pick<WaitingPart, 'state'>): boolean {
  return state === 'wanted' || state === 'coming'
}

const lackOf = ({ sizeBytes, heldBytes }: WaitingPart): number => Math.max(0, sizeBytes - heldBytes)

function partWords(part: WaitingPart, priceOf: (bytes: number) => Estimate): string {
  const here = part.heldBytes > 0 ? `, ${formatBytes(part.heldBytes)} here` : ''
  const lack = lackOf(part)
  return `${costWords(lack, priceOf(lack))}${here}  ${partTitle(part)}`
}
