import { mostLogit } from '../logistic.js'
import { tables } from '../tables.js'

/** Weights are in 65,536ths, at most 8 either way, so that a product with a logit fits 32 bits. */
const mostWeight = 8 * 65_536 - 1

/**
 * Mixes predictions: the weighted sum of their logits. There is a set of weights for each situation; after
 * each bit, the set that was used moves towards what would have been right.
 */
export class Mixer {
  /** The last logit. */
  logit = 0
  private readonly weights: Int32Array
  private readonly squashed = tables().squashed
  private at = 0

  /**
   * Makes a mixer.
   * @param inputs the logits to mix, which the caller fills in.
   * @param pace how fast weights move.
   */
  constructor(
    private readonly inputs: Int32Array,
    situations: number,
    weight: number,
    private readonly pace: number,
  ) {
    this.weights = new Int32Array(inputs.length * situations).fill(weight)
  }

  mix(situation: number): number {
    const { inputs, weights } = this
    const count = inputs.length
    const at = situation * count
    let sum = 0
    for (let i = 0; i < count; i++) sum += Math.imul(weights[at + i] as number, inputs[i] as number) >> 8
    sum >>= 8
    this.at = at
    this.logit = within(mostLogit, sum)
    return this.logit
  }

  learn(bit: number): void {
    const { inputs, weights, at, squashed } = this
    const count = inputs.length
    const error = Math.imul((bit << 16) - (squashed[this.logit + 2048] as number), this.pace) >> 4
    for (let i = 0; i < count; i++) {
      const weight = (weights[at + i] as number) + ((Math.imul(inputs[i] as number, error) + 0x2000) >> 14)
      weights[at + i] = within(mostWeight, weight)
    }
  }
}

function within(most: number, value: number): number {
  if (value > most) return most
  if (value < -most) return -most
  return value
}
