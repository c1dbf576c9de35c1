import { escapeXml } from './escape-xml.js'

/** One bar: what came up and down in a day or a month, say. */
export interface UsageBar {
  readonly name: string
  readonly up: number
  readonly down: number
}

const width = 760
const height = 340
const frame = { left: 70, right: 16, top: 56, bottom: 52 }

/** Stacked bars of bytes, as an SVG that fits light and dark pages. */
export function usagePlot(title: string, bars: readonly UsageBar[]): string {
  const most = Math.max(1, ...bars.map(({ up, down }) => up + down))
  const step = niceStep(most / 4)
  const top = Math.ceil(most / step) * step
  const y = (bytes: number): number =>
    height - frame.bottom - (bytes / top) * (height - frame.top - frame.bottom)
  const slot = (width - frame.left - frame.right) / Math.max(1, bars.length)
  const out = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeXml(title)}">`,
    '<style>',
    'text{font:12px system-ui,sans-serif;fill:#1f2328}.t{font-size:14px;font-weight:600}.g{stroke:#d0d7de}',
    '.d{fill:#0969da}.u{fill:#bc4c00}.p{fill:#ffffff}',
    '@media(prefers-color-scheme:dark){text{fill:#e6edf3}.g{stroke:#30363d}.d{fill:#4493f8}.u{fill:#f0883e}.p{fill:#0d1117}}',
    '</style>',
    `<rect class="p" width="${width}" height="${height}" rx="6"/>`,
    `<text class="t" x="12" y="22">${escapeXml(title)}</text>`,
    `<rect class="d" x="12" y="33" width="10" height="10"/><text x="27" y="42">down</text>`,
    `<rect class="u" x="72" y="33" width="10" height="10"/><text x="87" y="42">up</text>`,
  ]
  for (let bytes = 0; bytes <= top; bytes += step) {
    const at = y(bytes).toFixed(1)
    out.push(`<line class="g" x1="${frame.left}" y1="${at}" x2="${width - frame.right}" y2="${at}"/>`)
    out.push(
      `<text x="${frame.left - 8}" y="${(Number(at) + 4).toFixed(1)}" text-anchor="end">${tick(bytes, step)}</text>`,
    )
  }
  // As many names as have room.
  const every = Math.max(1, Math.ceil(72 / slot))
  bars.forEach(({ name, up, down }, i) => {
    const x = frame.left + i * slot + slot * 0.12
    const wide = (slot * 0.76).toFixed(1)
    out.push(`<g><title>${escapeXml(name)}: ${Math.round(down)} B down, ${Math.round(up)} B up</title>`)
    out.push(bar('d', x, wide, y(down), y(0)), bar('u', x, wide, y(down + up), y(down)), '</g>')
    if (i % every === 0)
      out.push(
        `<text x="${(x + slot * 0.38).toFixed(1)}" y="${height - frame.bottom + 18}" text-anchor="middle">${escapeXml(short(name))}</text>`,
      )
  })
  out.push('</svg>', '')
  return out.join('\n')
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

/** As much of a name as fits below a bar. */
const short = (name: string): string => (name.length > 12 ? `${name.slice(0, 11)}\u2026` : name)
