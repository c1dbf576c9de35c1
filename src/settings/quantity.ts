import { InvalidValue } from './invalid-value.js'

/** Units by name, each with its size in the base unit. Names are looked up as they stand, then without regard to case. */
export type Units = Readonly<Record<string, number>>

/** Base: milliseconds. */
export const durationUnits = {
  ms: 1,
  s: 1000,
  sec: 1000,
  second: 1000,
  seconds: 1000,
  min: 60_000,
  minute: 60_000,
  minutes: 60_000,
  h: 3_600_000,
  hour: 3_600_000,
  hours: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
  days: 86_400_000,
} satisfies Units

/** Base: bytes. Decimal, as lines and prices are. */
export const sizeUnits = {
  B: 1,
  k: 1000,
  kB: 1000,
  M: 1e6,
  MB: 1e6,
  G: 1e9,
  GB: 1e9,
  KiB: 1024,
  MiB: 1_048_576,
  GiB: 1_073_741_824,
} satisfies Units

/** Base: bits a second. */
export const rateUnits = {
  'bit/s': 1,
  'kbit/s': 1000,
  'Mbit/s': 1e6,
  'Gbit/s': 1e9,
  bps: 1,
  kbps: 1000,
  Mbps: 1e6,
  'B/s': 8,
  'kB/s': 8000,
  'MB/s': 8e6,
} satisfies Units

/**
 * Reads a quantity such as `1.5 MB`, by its units. A number without a unit counts in `plain`, if there is
 * one. Throws InvalidValue, which says `what` it should be.
 */
export function parseQuantity(text: string, units: Units, plain: number | undefined, what: string): number {
  const match = /^(\d{1,15}(?:\.\d{1,9})?)\s*([A-Za-z][A-Za-z/]*)?$/.exec(text.trim())
  if (!match?.[1]) throw new InvalidValue(what)
  const scale = match[2] === undefined ? plain : unitScale(match[2], units)
  if (scale === undefined) throw new InvalidValue(what)
  // 1.1 h in milliseconds would else end with ...0005.
  return Number((Number(match[1]) * scale).toPrecision(15))
}

function unitScale(name: string, units: Units): number | undefined {
  if (Object.hasOwn(units, name)) return units[name]
  const alike = Object.keys(units).find((unit) => unit.toLowerCase() === name.toLowerCase())
  return alike === undefined ? undefined : units[alike]
}

/** Prints with the biggest unit that gives a whole number, else with the smallest: 90,000 ms is `90 s`, 120,000 `2 min`. */
export function printQuantity(value: number, units: Units, names: readonly string[]): string {
  const bySize = [...names].sort((a, b) => (units[b] ?? 0) - (units[a] ?? 0))
  const fits = bySize.find((name) => value > 0 && Number.isInteger(value / (units[name] ?? 1)))
  const unit = fits ?? bySize.at(-1) ?? ''
  return `${value / (units[unit] ?? 1)} ${unit}`
}
