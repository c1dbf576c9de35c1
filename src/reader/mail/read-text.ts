/** Part of a text as it is shown: a paragraph or line, or a quote. */
export type TextPart =
  | { readonly lines: readonly string[] }
  | { readonly quote: readonly TextPart[]; readonly lineCount: number }

/** Deeper quotes keep their marks: nobody unfolds a third time. */
const mostDepth = 2

/** Lines of more than that are cut into several, so that no browser chokes on one. */
const longestLine = 20_000

interface Line {
  readonly depth: number
  readonly text: string
}

/** Takes a text apart. `flowed`: lines of one paragraph are joined (RFC 3676), without the space that says so if `deleteSpace`. */
export function readText(text: string, flowed?: { readonly deleteSpace: boolean }): TextPart[] {
  const lines = text.split('\n').map(readLine)
  return quoted(cutLong(flowed ? joined(lines, flowed) : lines), 0)
}

function readLine(line: string): Line {
  const [marks = ''] = /^(?:> ?)*/.exec(line) ?? []
  const depth = marks.split('>').length - 1
  // One space before what isn't quoted is stuffing (RFC 3676 4.4), and elsewhere nobody misses it.
  return { depth, text: depth > 0 ? line.slice(marks.length) : line }
}

function joined(lines: readonly Line[], { deleteSpace }: { readonly deleteSpace: boolean }): Line[] {
  const result: Line[] = []
  let open: { depth: number; pieces: string[] } | undefined
  const close = (): void => {
    if (open) result.push({ depth: open.depth, text: open.pieces.join('') })
    open = undefined
  }
  for (const { depth, text } of lines) {
    const plain = depth === 0 && text.startsWith(' ') ? text.slice(1) : text
    const goesOn = plain.endsWith(' ') && plain !== '-- '
    if (open && (open.depth !== depth || plain === '-- ')) close()
    open ??= { depth, pieces: [] }
    open.pieces.push(goesOn && deleteSpace ? plain.slice(0, -1) : plain)
    if (!goesOn) close()
  }
  close()
  return result
}

function cutLong(lines: readonly Line[]): Line[] {
  return lines.flatMap(({ depth, text }) => {
    if (text.length <= longestLine) return [{ depth, text }]
    const pieces = text.match(new RegExp(`.{1,${longestLine}}`, 'gsu')) ?? []
    return pieces.map((piece) => ({ depth, text: piece }))
  })
}

function quoted(lines: readonly Line[], level: number): TextPart[] {
  const parts: TextPart[] = []
  for (let at = 0; at < lines.length; ) {
    const isQuote = (line: Line | undefined): boolean => line !== undefined && line.depth > level
    const quote = isQuote(lines[at])
    let end = at + 1
    while (end < lines.length && isQuote(lines[end]) === quote) end++
    const some = lines.slice(at, end)
    at = end
    if (!quote) parts.push({ lines: some.map(({ text }) => text) })
    else if (level < mostDepth) parts.push({ quote: quoted(some, level + 1), lineCount: some.length })
    else parts.push({ lines: some.map(({ depth, text }) => `${'>'.repeat(depth - level)} ${text}`) })
  }
  return parts
}
