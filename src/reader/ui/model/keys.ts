import type { Words } from '../../words/words.js'

/** What single keys do, as in mutt and Gmail. */
export type KeyCommand = keyof Words['keyNames']

export const keyCommands: readonly (readonly [keys: string, command: KeyCommand])[] = [
  ['j', 'next'],
  ['k', 'previous'],
  ['g', 'first'],
  ['G', 'last'],
  ['o', 'open'],
  ['u', 'up'],
  ['r', 'reply'],
  ['R', 'replyAll'],
  ['f', 'forward'],
  ['e', 'archive'],
  ['#', 'remove'],
  ['s', 'flag'],
  ['c', 'compose'],
  ['/', 'search'],
  ['S', 'sync'],
  ['?', 'help'],
]

const others = { Enter: 'open', Escape: 'up', Delete: 'remove' } as const satisfies Record<string, KeyCommand>

/** The command of a key; undefined where it is typed into a field, means something to the focused element, or belongs to the browser. */
export function commandOf(event: KeyboardEvent, isOn: boolean): KeyCommand | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return undefined
  const target = event.target as HTMLElement | null
  if (target?.closest('input, textarea, select, dialog')) return undefined
  if (event.key === 'Enter' && target?.closest('button, a, summary')) return undefined
  if (event.key in others) return others[event.key as keyof typeof others]
  if (!isOn) return undefined
  return keyCommands.find(([key]) => key === event.key)?.[1]
}
