import { escapeXml } from './escape-xml.js'

/** One bar: what came up and down in a day or a month, say. */
export interface UsageBar {
  readonly name: string
  readonly up: number
  readonly down: number
}

const width = 760
const left = 70
const right = 16
/** Pixels of the drawing itself, without what is above and below it. */
const drawn = 232

export interface PlotLook {
  /** The title stands above the bars. */
  readonly heading: boolean
}

/** Stacked bars of bytes, as an SVG that fits light and dark pages. */
export function usagePlot(
  title: string,
  bars: readonly UsageBar[],
  { heading }: PlotLook = { heading: true },
): string {
  const most = Math.max(1, ...bars.map(({ up, down }) => up + down))
  const step = niceStep(most / 4)
  const top = Math.ceil(most / step) * step
  const slot = (width - left - right) / Math.max(1, bars.length)
  const names = bars.map(({ name }) => shortName(name))
  const letters = Math.max(0, ...names.map((name) => [...name].length))
  // Names that have no room beside one another are turned: each bar has its name as long as a line of text fits below it.
  const turned = letters * letterWidth + 6 > slot
  const every = turned ? Math.max(1, Math.ceil(lineHeight / slot)) : 1
  const legend = heading ? 42 : 20
  const above = legend + 14
  const below = turned ? 24 + letters * letterWidth * Math.SQRT1_2 : 30
  const height = Math.round(above + drawn + below)
  const y = (bytes: number): number => above + drawn - (bytes / top) * drawn
  const out = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeXml(title)}">`,
    '<style>',
    'text{font:12px system-ui,sans-serif;fill:#1f2328}.t{font-size:14px;font-weight:600}.g{stroke:#d0d7de}',
    '.d{fill:#0969da}.u{fill:#bc4c00}.p{fill:#ffffff}',
    '@media(prefers-color-scheme:dark){text{fill:#e6edf3}.g{stroke:#30363d}.d{fill:#4493f8}.u{fill:#f0883e}.p{fill:#0d1117}}',
    '</style>',
    `<rect class="p" width="${width}" height="${height}" rx="6"/>`,
    ...(heading ? [`<text class="t" x="12" y="22">${escapeXml(title)}</text>`] : []),
    `<rect class="d" x="12" y="${legend - 9}" width="10" height="10"/><text x="27" y="${legend}">down</text>`,
    `<rect class="u" x="72" y="${legend - 9}" width="10" height="10"/><text x="87" y="${legend}">up</text>`,
  ]
  for (let bytes = 0; bytes <= top; bytes += step) {
    const at = y(bytes).toFixed(1)
    out.push(`<line class="g" x1="${left}" y1="${at}" x2="${width - right}" y2="${at}"/>`)
    out.push(
      `<text x="${left - 8}" y="${(Number(at) + 4).toFixed(1)}" text-anchor="end">${tick(bytes, step)}</text>`,
    )
  }
  bars.forEach(({ name, up, down }, i) => {
    const x = left + i * slot + slot * 0.12
    const wide = (slot * 0.76).toFixed(1)
    out.push(`<g><title>${escapeXml(name)}: ${Math.round(down)} B down, ${Math.round(up)} B up</title>`)
    out.push(bar('d', x, wide, y(down), y(0)), bar('u', x, wide, y(down + up), y(down)), '</g>')
    if (i % every === 0) out.push(label(names[i] ?? '', x + slot * 0.38, above + drawn + 16, turned))
  })
  out.push('</svg>', '')
  return out.join('\n')
}

/** Below the middle of its bar; a turned one ends there, and comes up from the left. */
function label(name: string, x: number, y: number, turned: boolean): string {
  const place = turned
    ? `transform="translate(${x.toFixed(1)} ${y.toFixed(1)}) rotate(-45)" text-anchor="end"`
    : `x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="middle"`
  return `<text ${place}>${escapeXml(name)}</text>`
}

function bar(kind: string, x: number, wide: string, from: number, to: number): string {
  return `<rect class="${kind}" x="${x.toFixed(1)}" y="${from.toFixed(1)}" width="${wide}" height="${(to - from).toFixed(1)}"/>`
}

/** 1, 2 or 5 times a power of ten, no less than this. */
function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, least)))
  return [1, 2, 5, 10].map((times) => times * power).find((step) => step >= least) ?? 10 * power
}

function tick(bytes: number, step: number): string {
  if (bytes === 0) return '0'
  const [scale, unit] =
    step >= 1e9 ? [1e9, 'GB'] : step >= 1e6 ? [1e6, 'MB'] : step >= 1e3 ? [1e3, 'kB'] : [1, 'B']
  return `${bytes / scale} ${unit}`
}

/** The average width of a letter of 12 pixels. */
const letterWidth = 6.6
/** The distance between two turned names. */
const lineHeight = 17

/** Shortens a name to the room below a bar. */
const shortName = (name: string): string => {
  const letters = [...name]
  return letters.length > 16 ? `${letters.slice(0, 15).join('')}\u2026` : name
}
