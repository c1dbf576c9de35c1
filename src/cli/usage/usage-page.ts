import type { Column } from '../text/table.js'
import { escapeXml } from './escape-xml.js'

export interface UsagePage {
  readonly title: string
  /** An SVG, whose names are escaped already. */
  readonly plot: string
  readonly columns: readonly Column[]
  /** The last one is the total. */
  readonly rows: readonly (readonly string[])[]
  /** Lines below the table. */
  readonly notes: readonly string[]
}

const style = `
:root{color-scheme:light dark;--ink:#1f2328;--paper:#fff;--rule:#d0d7de}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--paper:#0d1117;--rule:#30363d}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:780px;margin:1.5em auto;padding:0 1em}
h1{font-size:1.3em}svg{width:100%;height:auto}.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%}th,td{padding:.25em .6em;border-bottom:1px solid var(--rule);white-space:nowrap}
th{text-align:left}.right{text-align:right;font-variant-numeric:tabular-nums}tfoot{font-weight:600}
`

/** The account as one page that needs nothing but itself: no scripts, nothing from elsewhere, light and dark as the reader has it. */
export function usagePage({ title, plot, columns, rows, notes }: UsagePage): string {
  const cell = (kind: string, text: string, at: number): string =>
    `<${kind}${columns[at]?.align === 'right' ? ' class="right"' : ''}>${escapeXml(text)}</${kind.split(' ')[0]}>`
  const line = (cells: readonly string[]): string =>
    `<tr>${cells.map((text, at) => cell(at === 0 ? 'th scope="row"' : 'td', text, at)).join('')}</tr>`
  const total = rows.at(-1)
  return [
    '<!DOCTYPE html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    // A browser then loads and runs nothing, whatever a name might smuggle in.
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escapeXml(title)}</title>`,
    `<style>${style}</style>`,
    '</head>',
    '<body>',
    `<h1>${escapeXml(title)}</h1>`,
    plot.trimEnd(),
    '<div class="wide">',
    '<table>',
    `<thead><tr>${columns.map((column, at) => cell('th scope="col"', column.title, at)).join('')}</tr></thead>`,
    '<tbody>',
    ...rows.slice(0, -1).map(line),
    '</tbody>',
    ...(total ? [`<tfoot>${line(total)}</tfoot>`] : []),
    '</table>',
    '</div>',
    ...notes.map((note) => `<p>${escapeXml(note)}</p>`),
    '</body>',
    '</html>',
    '',
  ].join('\n')
}
