import type { Guid } from '../../../src/replica/model.js'

/** GUIDs that are told apart at sight, of different times and replicas: none is written as a step from another. */
export const guid = (name: string): Guid => Buffer.from(name.padEnd(16, '.')).toString('hex')

/** The n-th GUID of a row in which all are neighbours. */
export const neighbour = (n: number): Guid =>
  `019a2b3c4d5e0badcafe${(0x10_0000 + n).toString(16).padStart(12, '0')}`

/** A digest that is told apart at sight. */
export const digest = (name: string): string => Buffer.from(name.padEnd(32, '.')).toString('hex')

export const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text))
