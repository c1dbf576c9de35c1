import type { ByteReader, ByteWriter } from '../bytes/varint.js'
import { protocolError, readMany } from './values.js'

/** Numbers of messages that descend: how many, the first as it is, each other as the step down from the one before. */
export function writeDescending(writer: ByteWriter, numbers: readonly number[]): void {
  writer.varint(numbers.length)
  let above = 0
  for (const [i, number] of numbers.entries()) {
    writer.varint(i === 0 ? number : above - number)
    above = number
  }
}

/** Throws PROTOCOL where they go below 1. */
export function readDescending(reader: ByteReader): number[] {
  let above: number | undefined
  return readMany(reader, () => {
    const step = reader.varint()
    above = above === undefined ? step : above - step
    if (above < 1) throw protocolError('an invalid message number')
    return above
  })
}
