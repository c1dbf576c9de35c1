import { readdirSync, readFileSync } from 'node:fs'

/** A block of code of a page, as a reader would copy it. */
export interface Block {
  /** Page and line, for a failure's message. */
  readonly where: string
  readonly lines: readonly string[]
  /** What the HTML comment right above it says. */
  readonly note: string | undefined
}

/**
 * How a block is held to be true. Commands of packetboat are run, and settings checked, without a word; of any other block a comment above it
 * says which test runs it, or why none does.
 */
export type Way = 'commands' | 'settings' | { readonly by: string } | { readonly not: string }

/** Pages for people who use packetboat. The others say how it works, and have no commands. */
export const guides = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync('docs')
    .filter((name) => name.endsWith('.md') && !['PROTOCOL.md', 'LAWS.md'].includes(name))
    .map((name) => `docs/${name}`),
]

export function blocksOf(page: string): Block[] {
  const blocks: Block[] = []
  const lines = readFileSync(page, 'utf8').split('\n')
  let note: string | undefined
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? ''
    const start = at
    const comment = /^<!-- (.*) -->$/.exec(line)
    if (comment) note = comment[1]
    else if (line.startsWith('```')) {
      while (!(lines[++at] ?? '```').startsWith('```'));
      blocks.push({ where: `${page}:${start + 1}`, lines: lines.slice(start + 1, at), note })
      note = undefined
    } else if (line.startsWith('    ') && (lines[at - 1] ?? '') === '') {
      // A blank line between two indented ones is part of it.
      while (/^ {4}|^$/.test(lines[at + 1] ?? '!')) at++
      const inside = lines.slice(start, at + 1).map((each) => each.slice(4))
      while (inside.at(-1) === '') inside.pop()
      blocks.push({ where: `${page}:${start + 1}`, lines: inside, note })
      note = undefined
    } else if (line !== '') note = undefined
  }
  return blocks
}

export function wayOf({ where, lines, note }: Block): Way {
  const noted = note && /^(run by|not run:) (.*)$/.exec(note)
  if (noted) return noted[1] === 'run by' ? { by: noted[2] ?? '' } : { not: noted[2] ?? '' }
  const said = lines.filter((line) => line !== '' && !line.startsWith('#'))
  if (said.every((line) => line.startsWith('packetboat '))) return 'commands'
  if (said.every((line) => /^(\[[^\]]+\]|[\w$]+ = [[{"\d])/.test(line))) return 'settings'
  throw new Error(`${where}: which test runs this? Say it in a comment above: run by FILE, or not run: WHY`)
}
