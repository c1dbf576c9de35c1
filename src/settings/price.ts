import { InvalidValue } from './invalid-value.js'
import { durationUnits, printQuantity, sizeUnits, type Units } from './quantity.js'

/** An amount in one currency. */
export interface Money {
  readonly amount: number
  /** ISO 4217, three capitals. */
  readonly currency: string
}

/** What a line costs: so much for each millisecond that it is up, or for each byte that it carries. */
export interface Price extends Money {
  readonly per: 'time' | 'bytes'
  /** Milliseconds or bytes that the amount buys. */
  readonly quantity: number
}

const moneyWords = 'an amount of money like "5 USD"'
export const priceWords = 'a price like "1.20 USD/min" or "4 EUR/MB"'

/** `5 USD`. Throws InvalidValue. */
export function parseMoney(text: string): Money {
  const match = /^(\d{1,9}(?:\.\d{1,6})?)\s*([A-Za-z]{3})$/.exec(text.trim())
  if (!match?.[1] || !match[2]) throw new InvalidValue(moneyWords)
  return { amount: Number(match[1]), currency: match[2].toUpperCase() }
}

export function printMoney({ amount, currency }: Money): string {
  return `${amount} ${currency}`
}

/** `1.20 USD/min`, `4 EUR/MB`, `0.50 USD/100kB`. Throws InvalidValue. */
export function parsePrice(text: string): Price {
  const slash = text.indexOf('/')
  const unit = /^\s*(\d{1,9})?\s*([A-Za-z]+)\s*$/.exec(slash < 0 ? '' : text.slice(slash + 1))
  if (!unit?.[2]) throw new InvalidValue(priceWords)
  let money: Money
  try {
    money = parseMoney(text.slice(0, slash))
  } catch {
    throw new InvalidValue(priceWords)
  }
  const count = Number(unit[1] ?? 1)
  const [time, bytes] = [scaleOf(unit[2], durationUnits), scaleOf(unit[2], sizeUnits)]
  const scale = time ?? bytes
  if (scale === undefined || count === 0) throw new InvalidValue(priceWords)
  return { ...money, per: time === undefined ? 'bytes' : 'time', quantity: count * scale }
}

export function printPrice(price: Price): string {
  const unit =
    price.per === 'time'
      ? printQuantity(price.quantity, durationUnits, ['ms', 's', 'min', 'h', 'd'])
      : printQuantity(price.quantity, sizeUnits, ['B', 'kB', 'MB', 'GB'])
  return `${printMoney(price)}/${unit.replace(/^1 /, '').replace(' ', '')}`
}

function scaleOf(name: string, units: Units): number | undefined {
  return Object.hasOwn(units, name) ? units[name] : undefined
}
