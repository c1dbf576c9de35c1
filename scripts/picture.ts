// Draws what a demo printed, as it appears in a terminal, with the time of each line: npm run demo | npx tsx scripts/picture.ts > docs/demo.svg
import { createInterface } from 'node:readline'
import { escapeXml } from '../src/cli/usage/escape-xml.js'

const columns = 100
const letter = 7.83
const lineHeight = 19
const margin = 18

interface Line {
  readonly second: number
  readonly text: string
}

/** A line as it is drawn: a headline, a command or what a command says. */
interface Row extends Line {
  readonly kind: 'h' | 'c' | 't'
}

const startedMs = performance.now()
const lines: Line[] = []
for await (const text of createInterface({ input: process.stdin }))
  if (text.trim() !== '') lines.push({ second: Math.round((performance.now() - startedMs) / 1000), text })
process.stdout.write(draw(lines.map(shorten).filter(isWorthALine).flatMap(wrap)))

/** Without what is of this machine alone. */
function shorten({ second, text }: Line): Line {
  return {
    second,
    text: text
      .replace(/ --data \S+/, '')
      .replace(/127\.0\.0\.1:\d+/, 'the endpoint')
      .trimEnd(),
  }
}

/** Progress in every third line is enough, and what is said twice in a row is said once. */
function isWorthALine({ text }: Line, i: number, all: readonly Line[]): boolean {
  if (text === all[i - 1]?.text || text.startsWith('  (on the line')) return false
  return !/ down: /.test(text) || i % 3 === 0
}

function wrap({ second, text }: Line): Row[] {
  const kind = text.startsWith('▸') ? 'h' : /^\s*\$/.test(text) ? 'c' : 't'
  const pieces = text.match(new RegExp(`\\s*\\S.{0,${columns - 9}}(?=\\s|$)`, 'g')) ?? [text]
  return pieces.map((piece, i) => ({ kind, second, text: i === 0 ? piece : `   ${piece.trim()}` }))
}

function draw(shown: readonly Row[]): string {
  const width = Math.ceil(columns * letter + 2 * margin)
  const height = shown.length * lineHeight + 2 * margin
  const rows = shown.map(({ kind, second, text }, i) => {
    const y = margin + (i + 0.75) * lineHeight
    const time = second === shown[i - 1]?.second ? '' : `${second} s`
    return [
      `<text class="s" x="${margin + 5 * letter}" y="${y}" text-anchor="end">${time}</text>`,
      `<text class="${kind}" x="${margin + 7 * letter}" y="${y}">${escapeXml(text)}</text>`,
    ].join('')
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" xml:space="preserve" role="img" aria-label="What npm run demo prints, with seconds">`,
    '<style>text{font:13px ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre;fill:#c9d1d9}',
    '.s{fill:#6e7681}.h{fill:#79c0ff;font-weight:600}.c{fill:#7ee787}</style>',
    `<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>`,
    ...rows,
    '</svg>',
    '',
  ].join('\n')
}
