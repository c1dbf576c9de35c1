import stringWidth from 'string-width'
import { plainText } from './plain-text.js'

export interface Column {
  readonly title: string
  readonly align: 'left' | 'right'
}

/** Rows as lines, each column as wide as its widest cell: for a person with a fixed-width font. */
export function tableLines(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  // As they will be printed: their widths count.
  const cells = [columns.map(({ title }) => title), ...rows.map((row) => row.map(plainText))]
  const widths = columns.map((_, i) => Math.max(...cells.map((row) => stringWidth(row[i] ?? ''))))
  return cells.map((row) =>
    columns
      .map(({ align }, i) => {
        const text = row[i] ?? ''
        const pad = ' '.repeat((widths[i] ?? 0) - stringWidth(text))
        return align === 'left' ? text + pad : pad + text
      })
      .join('  ')
      .trimEnd(),
  )
}
