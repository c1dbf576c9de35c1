import type { Money } from '../settings/price.js'

/** 1 234 567 -> `1.2 MB`. Decimal, as lines and prices are. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${Math.round(bytes)} B`
  const units = ['kB', 'MB', 'GB', 'TB']
  let value = bytes / 1000
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${units[unit] ?? ''}`
}

/** 1 -> `1 part`, 2 -> `2 parts`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** Seconds as people say them. */
export function formatSeconds(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?'
  if (seconds > 0 && seconds < 0.5) return '<1 s'
  if (seconds < 100) return `${Math.round(seconds)} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 100 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** To the cent, or as exact as a smaller amount needs. */
export function formatMoney({ amount, currency }: Money): string {
  const digits = amount === 0 || amount >= 0.1 ? 2 : 4
  return `${amount.toFixed(digits)} ${currency}`
}

const spanUnits = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const

/** 7 200 000 -> `2 hours ago`. Not by Intl, whose formats for times take half as long to load as Node takes to start. */
export function formatAgo(ms: number): string {
  if (ms < 1000) return 'just now'
  const span = formatSpan(ms)
  return span === '1 day' ? 'yesterday' : `${span} ago`
}

/** 7 200 000 -> `2 hours`. */
export function formatSpan(ms: number): string {
  const [unit, unitMs] = spanUnits.find(([, each]) => ms >= each) ?? ['second', 1000]
  return counted(Math.floor(ms / unitMs), unit)
}
