import { InvalidValue } from './invalid-value.js'
import { durationUnits, parseQuantity, printQuantity, sizeUnits } from './quantity.js'

/** An amount in one currency. */
export interface Money {
  readonly amount: number
  /** ISO 4217, three capitals. */
  readonly currency: string
}

/** A step of time or of bytes. */
export interface Step {
  readonly per: 'time' | 'bytes'
  /** Milliseconds or bytes. */
  readonly quantity: number
}

/** What a line costs: so much for the time that it is up, or for the bytes that it carries. */
export interface Price extends Money, Step {}

const moneyWords = 'an amount of money like "5 USD"'
export const stepWords = 'a time or a size like "20 s" or "100 kB"'
export const priceWords = 'a price like "1.20 USD/min" or "4 EUR/MB"'

/** `5 USD`. Throws InvalidValue. */
export function parseMoney(text: string): Money {
  const match = /^(\d{1,9}(?:\.\d{1,6})?)\s*([A-Za-z]{3})$/.exec(text.trim())
  if (!match?.[1] || !match[2]) throw new InvalidValue(moneyWords)
  return { amount: Number(match[1]), currency: match[2].toUpperCase() }
}

/** Rounds off what arithmetic leaves after the sixth digit: 1.9999999999999998 is 2. */
export function exactAmount(amount: number): number {
  return Number(amount.toFixed(6))
}

export function printMoney({ amount, currency }: Money): string {
  return `${amount} ${currency}`
}

/** `1.20 USD/min`, `4 EUR/MB`, `0.50 USD/100kB`. Throws InvalidValue. */
export function parsePrice(text: string): Price {
  const [amount = '', unit = '', ...more] = text.split('/')
  const money = attempt(() => parseMoney(amount))
  const step = attempt(() => parseStep(/^\s*\d/.test(unit) ? unit : `1 ${unit.trim()}`))
  if (!money || !step || more.length > 0) throw new InvalidValue(priceWords)
  return { ...money, ...step }
}

export function printPrice(price: Price): string {
  return `${printMoney(price)}/${printStep(price).replace(/^1 /, '').replace(' ', '')}`
}

/** `20 s`, `100 kB`. Throws InvalidValue. */
export function parseStep(text: string): Step {
  const time = attempt(() => parseQuantity(text, durationUnits, undefined, stepWords))
  const quantity = time ?? parseQuantity(text, sizeUnits, undefined, stepWords)
  if (quantity <= 0) throw new InvalidValue(stepWords)
  return { per: time === undefined ? 'bytes' : 'time', quantity }
}

export function printStep({ per, quantity }: Step): string {
  return per === 'time'
    ? printQuantity(quantity, durationUnits, ['ms', 's', 'min', 'h', 'd'])
    : printQuantity(quantity, sizeUnits, ['B', 'kB', 'MB', 'GB'])
}

function attempt<T>(parse: () => T): T | undefined {
  try {
    return parse()
  } catch (error) {
    if (error instanceof InvalidValue) return undefined
    throw error
  }
}
