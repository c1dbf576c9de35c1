import { createHash } from 'node:crypto'
import type { Flags } from '../../../src/replica/model.js'

/** What a side holds, as lines that can be compared: mailboxes, and messages by their digests with their flags. */
export function linesOf(
  snapshot: ReadonlyMap<string, readonly { readonly flags: Flags; readonly bytes: Uint8Array }[]>,
): string[] {
  return [...snapshot]
    .flatMap(([name, messages]) => [
      name,
      ...messages.map(({ bytes, flags }) => {
        const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 12)
        return `${name} ${digest} ${flags.join(',')}`
      }),
    ])
    .sort()
}
