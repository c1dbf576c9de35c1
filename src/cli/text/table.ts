import { fitText } from './fit-text.js'
import { plainText } from './plain-text.js'
import { textWidth } from './text-width.js'

export interface Column {
  readonly title: string
  readonly align: 'left' | 'right'
  /** Set for a column that may be left out where there is no room: the lowest number goes first. */
  readonly spare?: number
}

/** Names shorter than that aren't worth showing. */
const leastWidth = 12

/**
 * Lays rows out as lines, each column as wide as its widest cell, for a fixed-width font. When that is wider
 * than `room`, columns move closer, long names are cut, and then columns are left out that can be spared. The
 * last column is never cut, since a line can wrap there.
 */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  room = Number.POSITIVE_INFINITY,
): string[] {
  // Widths are measured of cells as they will be printed.
  const cells = [columns.map(({ title }) => title), ...rows.map((row) => row.map(plainText))]
  const widths = columns.map((_, i) =>
    cells.reduce((most, row) => Math.max(most, textWidth(row[i] ?? '')), 0),
  )
  const gap = total(widths, 2) <= room ? 2 : 1
  for (const [i, { align }] of columns.entries()) {
    const excess = total(widths, gap) - room
    const width = widths[i] ?? 0
    if (excess > 0 && align === 'left' && i < columns.length - 1)
      widths[i] = Math.min(width, Math.max(leastWidth, width - excess))
  }
  const spare = columns
    .map(({ spare }, i) => ({ spare, i }))
    .filter((column) => column.spare !== undefined)
    .sort((a, b) => (a.spare ?? 0) - (b.spare ?? 0))
  const shown = new Set(columns.keys())
  const width = (): number =>
    total(
      [...shown].map((i) => widths[i] ?? 0),
      gap,
    )
  for (const { i } of spare) if (width() > room) shown.delete(i)
  return cells.map((row) =>
    [...shown]
      .map((i) => {
        const text = i < columns.length - 1 ? fitText(row[i] ?? '', widths[i] ?? 0) : (row[i] ?? '')
        const pad = ' '.repeat(Math.max(0, (widths[i] ?? 0) - textWidth(text)))
        return columns[i]?.align === 'left' ? text + pad : pad + text
      })
      .join(' '.repeat(gap))
      .trimEnd(),
  )
}

const total = (widths: readonly number[], gap: number): number =>
  widths.reduce((sum, width) => sum + width, 0) + gap * Math.max(0, widths.length - 1)
