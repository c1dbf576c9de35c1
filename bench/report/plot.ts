/** Bars of one group. */
export interface Bar {
  readonly name: string
  readonly value: number
  /** Drawn in the strong colour. */
  readonly ours: boolean
}

export interface Chart {
  readonly title: string
  /** Of the values: "B", "s". */
  readonly unit: 'B' | 's'
  readonly bars: readonly Bar[]
  /** What was wanted, or what is possible: a line across. */
  readonly marks?: readonly { readonly name: string; readonly value: number }[]
}

const width = 760
const left = 130
const right = 90
const rowHeight = 24

/** Horizontal bars over a logarithmic scale, as an SVG that fits light and dark pages. */
export function plot({ title, unit, bars, marks = [] }: Chart): string {
  const values = [...bars.map(({ value }) => value), ...marks.map(({ value }) => value)].filter(
    (value) => value > 0,
  )
  const low = Math.floor(Math.log10(Math.min(...values)) - 0.2)
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))))
  const x = (value: number): number =>
    left + ((Math.log10(Math.max(value, 10 ** low)) - low) / (high - low)) * (width - left - right)
  const top = 44
  const bottom = top + bars.length * rowHeight
  const height = bottom + 30 + marks.length * 16
  const out = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeXml(title)}">`,
    '<style>',
    'text{font:12px system-ui,sans-serif;fill:#1f2328}.t{font-size:14px;font-weight:600}.g{stroke:#d0d7de}',
    '.b{fill:#8c959f}.o{fill:#0969da}.m{stroke:#bc4c00;stroke-dasharray:4 3}.n{fill:#bc4c00}.p{fill:#ffffff}',
    '@media(prefers-color-scheme:dark){text{fill:#e6edf3}.g{stroke:#30363d}.b{fill:#6e7681}.o{fill:#4493f8}',
    '.m{stroke:#f0883e}.n{fill:#f0883e}.p{fill:#0d1117}}',
    '</style>',
    `<rect class="p" width="${width}" height="${height}" rx="6"/>`,
    `<text class="t" x="12" y="22">${escapeXml(title)}</text>`,
  ]
  for (let power = low; power <= high; power++) {
    const at = x(10 ** power).toFixed(1)
    out.push(`<line class="g" x1="${at}" y1="${top - 6}" x2="${at}" y2="${bottom + 2}"/>`)
    out.push(`<text x="${at}" y="${bottom + 17}" text-anchor="middle">${tick(10 ** power, unit)}</text>`)
  }
  bars.forEach(({ name, value, ours }, i) => {
    const y = top + i * rowHeight
    const end = x(value)
    out.push(`<text x="${left - 8}" y="${y + 14}" text-anchor="end">${escapeXml(name)}</text>`)
    out.push(
      `<rect class="${ours ? 'o' : 'b'}" x="${left}" y="${y + 2}" width="${Math.max(1, end - left).toFixed(1)}" height="${rowHeight - 7}" rx="2"/>`,
    )
    out.push(`<text x="${(Math.max(end, left) + 6).toFixed(1)}" y="${y + 14}">${exact(value, unit)}</text>`)
  })
  marks.forEach(({ name, value }, i) => {
    const at = x(value).toFixed(1)
    out.push(`<line class="m" x1="${at}" y1="${top - 6}" x2="${at}" y2="${bottom + 24 + i * 16}"/>`)
    out.push(
      `<text class="n" x="${(Number(at) + 5).toFixed(1)}" y="${bottom + 34 + i * 16}">${escapeXml(name)}: ${exact(value, unit)}</text>`,
    )
  })
  out.push('</svg>', '')
  return out.join('\n')
}

function tick(value: number, unit: string): string {
  if (unit === 's') return `${value} s`
  if (value >= 1e6) return `${value / 1e6} MB`
  return value >= 1000 ? `${value / 1000} kB` : `${value} B`
}

function exact(value: number, unit: string): string {
  if (unit === 's') return `${value.toFixed(1)} s`
  if (value >= 1e6) return `${(value / 1e6).toFixed(2)} MB`
  return value >= 1e4 ? `${Math.round(value / 1000)} kB` : `${(value / 1000).toFixed(2)} kB`
}

const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
