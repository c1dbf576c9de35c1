import { PacketboatError } from '../../errors/packetboat-error.js'
import type { CommandContext } from '../command-context.js'
import { fitText } from '../text/fit-text.js'
import { plainText } from '../text/plain-text.js'
import { formatBytes } from '../text/sizes.js'
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

/** Rows for the question itself, what the keys do, and the cursor. */
const otherRows = 5

/** Lets a person pick among what waits; those that would come by themselves are picked already. Throws INTERRUPTED. */
export async function pickParts(
  waiting: readonly WaitingMessage[],
  { keyboard, terminal }: Asked,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  // Only where somebody is asked: it takes a while to load.
  const { default: checkbox, Separator } = await import('@inquirer/checkbox')
  const columns = terminal.columns || 80
  const fitted = (text: string, indent: number): string => {
    const room = Math.max(10, columns - indent)
    return fitText(plainText(text), room)
  }
  const choices = waiting.flatMap(({ envelope, parts }) => {
    const [sender] = envelope.from
    const head = `${sender?.name || sender?.address || '(nobody)'}: ${envelope.subject ?? '(no subject)'}`
    return [
      new Separator(fitted(head, 2)),
      ...parts.map((part) => ({
        value: part.name,
        name: fitted(partWords(part), 6),
        checked: isPicked(part),
      })),
    ]
  })
  try {
    const picked = await checkbox(
      {
        message: 'What shall come?',
        choices,
        pageSize: Math.max(3, (terminal.rows || 24) - otherRows),
        loop: false,
        theme: { style: { renderSelectedChoices: (all: readonly unknown[]) => String(all.length) } },
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

function partWords(part: WaitingPart): string {
  const { sizeBytes, heldBytes } = part
  const here = heldBytes > 0 ? `, ${formatBytes(heldBytes)} here` : ''
  return `${formatBytes(sizeBytes).padStart(7)}${here}  ${partTitle(part)}`
}
