import type { SyncBudget } from '../../port.js'

const sizes: Readonly<Record<string, number>> = {
  '': 1000,
  b: 1,
  k: 1000,
  kb: 1000,
  m: 1e6,
  mb: 1e6,
  gb: 1e9,
}
const times: Readonly<Record<string, number>> = { s: 1, min: 60, h: 3600 }

/** Reads the most that a sync may take as a person types it: `50 kB`, `10 min`, `2 EUR`. A bare number means kB. Undefined if it can't be read. */
export function readBudget(typed: string): SyncBudget | undefined {
  const text = typed.trim()
  if (text === '') return {}
  const [, number = '', unit = ''] = /^(\d{1,9}(?:[.,]\d{1,6})?)\s*([a-z]*)$/i.exec(text) ?? []
  const count = Number(number.replace(',', '.'))
  if (!(count > 0)) return undefined
  const [size, time] = [sizes[unit.toLowerCase()], times[unit.toLowerCase()]]
  if (size !== undefined) return { bytes: Math.max(1, Math.round(count * size)) }
  if (time !== undefined) return { seconds: count * time }
  return unit.length === 3 ? { cost: { amount: count, currency: unit.toUpperCase() } } : undefined
}
