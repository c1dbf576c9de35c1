import type { Random } from '../world/random.js'

/** Numbers at which readers of varints and sizes change their minds. */
const interesting = [0, 1, 0x7f, 0x80, 0xff]

/** An input with a few of the things done to it that make readers stumble: bytes flipped, cut out, doubled, put in from another one. */
export function mutate(input: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  let bytes = Buffer.from(input)
  for (let i = 1 + random.below(4); i > 0; i--) {
    const at = random.below(bytes.length + 1)
    const size = 1 + random.below(random.pick([1, 4, 64]))
    const head = bytes.subarray(0, at)
    const from = random.below(other.length + 1)
    const roll = random.below(6)
    if (roll === 0 && at < bytes.length) bytes[at] = random.below(256)
    else if (roll === 1 && at < bytes.length) bytes[at] = random.pick(interesting)
    else if (roll === 2) bytes = Buffer.concat([head, bytes.subarray(at + size)])
    else if (roll === 3) bytes = Buffer.concat([head, bytes.subarray(at, at + size), bytes.subarray(at)])
    else if (roll === 4) bytes = Buffer.concat([head, other.subarray(from, from + size), bytes.subarray(at)])
    else bytes = Buffer.from(head)
  }
  return new Uint8Array(bytes)
}
