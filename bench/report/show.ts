export type Show =
  | 'bytes'
  | 'exact'
  | 'count'
  | 'rtts'
  | 'seconds'
  | 'hundredths'
  | 'thousandths'
  | 'percent'
  | 'ratio'
  | 'text'

/** A figure as a person reads it; `-` where there is none. */
export function show(value: number | string | undefined, as: Show): string {
  if (value === undefined) return '-'
  if (typeof value === 'string') return value
  switch (as) {
    case 'bytes':
      return bytes(value)
    case 'exact':
      return Math.round(value).toLocaleString('en-US')
    case 'count':
    case 'text':
      return String(Math.round(value))
    case 'rtts':
      return value.toFixed(1)
    case 'seconds':
      return duration(value)
    case 'hundredths':
      return `${value.toFixed(2)} s`
    case 'thousandths':
      return value < 1 ? `${(value * 1000).toFixed(0)} ms` : duration(value)
    case 'percent':
      return `${(value * 100).toFixed(0)} %`
    case 'ratio':
      return value.toFixed(2)
  }
}

function bytes(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toFixed(value >= 1e8 ? 0 : 2)} MB`
  return value >= 1e4 ? `${(value / 1000).toFixed(0)} kB` : `${(value / 1000).toFixed(2)} kB`
}

function duration(seconds: number): string {
  if (seconds < 100) return `${seconds.toFixed(1)} s`
  if (seconds < 600) return `${seconds.toFixed(0)} s`
  return seconds < 7200 ? `${(seconds / 60).toFixed(0)} min` : `${(seconds / 3600).toFixed(1)} h`
}

export const markdownTable = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map((_, i) => (i === 0 ? '---' : '--:')), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')

export function textTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((cell, i) => Math.max(cell.length, ...rows.map((row) => row[i]?.length ?? 0)))
  const line = (cells: readonly string[]): string =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  ')
  return [line(head), ...rows.map(line)].join('\n')
}
