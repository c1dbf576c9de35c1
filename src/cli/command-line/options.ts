import { InvalidArgumentError, Option } from 'commander'
import { duration, size } from '../../settings/kind.js'

/** Options that several commands take, and what reads their values. */

export const accountOption = (): Option =>
  new Option('-a, --account <name>', 'the account, where there are several')

export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value]
}

export function sizeOption(text: string): number {
  try {
    return size.read(text, { resolve: (path) => path })
  } catch {
    throw new InvalidArgumentError('It should be a size like 100k or "1.5 MB".')
  }
}

export function durationOption(text: string): number {
  const kind = duration()
  try {
    return kind.read(text, { resolve: (path) => path })
  } catch {
    throw new InvalidArgumentError(`It should be ${kind.what}.`)
  }
}

export function seconds(text: string): number {
  const value = Number(text)
  if (!(value >= 0) || text.trim() === '') throw new InvalidArgumentError('It should be a number of seconds.')
  return value
}

export function count(value: string): number {
  if (!/^[1-9]\d{0,8}$/.test(value)) throw new InvalidArgumentError('It should be a number from 1 on.')
  return Number(value)
}
