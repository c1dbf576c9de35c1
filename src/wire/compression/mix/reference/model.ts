import { tables } from '../tables.js'
import { type AdaptiveBits, learnBit, upper12 } from './adaptive-bits.js'
import { ContextSlots } from './context-slots.js'
import { Contexts, contextCount, orderCount } from './contexts.js'
import { Match } from './match.js'
import { Mixer } from './mixer.js'
import { Refinement } from './refinement.js'

/** 16 MiB of bit histories, most of what a model takes. With 4 a first sync of some MB is 3 % larger. */
const log2Slots = 24
/** 1 MiB in which matches are looked for. */
const log2Seen = 20
/** How fast the weights of opinions move, and those of judges. */
const pace = { opinions: 14, judges: 2 }
/** The weight of each prediction before anything is learned. */
const firstWeight = 14_000

/** No bit is ever certain: the least expected one costs 12 bits. */
const leastProbability = 16

/** Kinds of situation in which opinions have weights of their own. */
const situations = { byte: 256, trust: 5 * (orderCount + 1) }

/**
 * Predicts the next bit from those before it. Each context has the history of the bits that followed it, and
 * a prediction from what such histories led to; a match gives one too. Three mixers weigh them, each by
 * another kind of situation; a fourth combines these three, and a last stage corrects it by how such
 * predictions have turned out before. Integers only, so that two machines never differ.
 */
export class MixModel {
  /** How likely the next bit is a 1, of 65,536: 1 to 65,535. */
  probability = 32_768
  private readonly contexts = new Contexts()
  private readonly match = new Match(log2Seen)
  private readonly slots = new ContextSlots(log2Slots)
  private readonly starts = new Int32Array(contextCount)
  private readonly histories = new Int32Array(contextCount)
  private readonly afterHistory: AdaptiveBits = new Int32Array(256 * contextCount)
  /** Logits: of contexts, of the match, and one that is always the same. */
  private readonly opinions = new Int32Array(contextCount + 2)
  private readonly byByte = new Mixer(this.opinions, situations.byte, firstWeight, pace.opinions)
  private readonly byTrust = new Mixer(this.opinions, situations.trust, firstWeight, pace.opinions)
  private readonly byLast = new Mixer(this.opinions, 256, firstWeight, pace.opinions)
  private readonly mixed = new Int32Array(3)
  private readonly judge = new Mixer(this.mixed, situations.byte, 21_845, pace.judges)
  private readonly afterOne = new Refinement(16)
  private readonly afterThree = new Refinement(16)
  /** The bits of the byte so far, behind a 1. */
  private known = 1
  private bitsKnown = 0
  /** The node in a slot's tree of four bits. */
  private node = 1

  private readonly tables = tables()

  constructor() {
    const { historyCount, historyOnes } = this.tables
    for (let context = 0; context < contextCount; context++)
      for (let history = 0; history < historyCount; history++)
        this.afterHistory[256 * context + history] = (historyOnes[history] as number) << 16
    this.opinions[contextCount + 1] = 256
    this.findSlots()
    this.predict()
  }

  /** Takes in bytes in which only matches are looked for. */
  look(bytes: Uint8Array): void {
    this.match.append(bytes)
  }

  /** Takes in bytes that nobody has to predict. */
  learnBytes(bytes: Uint8Array): void {
    for (const byte of bytes) for (let shift = 7; shift >= 0; shift--) this.push((byte >> shift) & 1)
  }

  /** Learns the bit that came. */
  push(bit: number): void {
    this.learn(bit)
    this.known = (this.known << 1) | bit
    this.node = (this.node << 1) | bit
    this.bitsKnown++
    if (this.bitsKnown === 8) {
      const byte = this.known & 255
      this.known = 1
      this.bitsKnown = 0
      this.match.push(byte)
      this.contexts.push(byte, this.match)
      this.findSlots()
    } else if (this.bitsKnown === 4) this.findSlots()
    this.predict()
  }

  private findSlots(): void {
    const { starts, slots } = this
    const { hashes } = this.contexts
    for (let i = 0; i < contextCount; i++) {
      let hash = Math.imul((hashes[i] as number) + Math.imul(this.known, 0x2f0b4c47), 0x9e3779b1)
      hash ^= hash >>> 15
      starts[i] = slots.find(Math.imul(hash, 0x85ebca77))
    }
    this.node = 1
  }

  private predict(): void {
    const { opinions, starts, histories, afterHistory, node, known, mixed } = this
    const { bytes } = this.slots
    const { squashed, stretched } = this.tables
    let met = 0
    for (let i = 0; i < contextCount; i++) {
      const history = bytes[(starts[i] as number) + node] as number
      histories[i] = history
      if (history === 0) opinions[i] = 0
      else {
        if (i < orderCount) met++
        opinions[i] = stretched[upper12(afterHistory, 256 * i + history)] as number
      }
    }
    opinions[contextCount] = this.match.predict(known, this.bitsKnown)
    const { length } = this.match
    const trust = length === 0 ? 0 : Math.min(4, 1 + (length >> 3))
    const last = this.contexts.last4 & 255
    mixed[0] = this.byByte.mix(known)
    mixed[1] = this.byTrust.mix(met * 5 + trust)
    mixed[2] = this.byLast.mix(last)
    const logit = this.judge.mix(known)
    const three = (Math.imul(this.contexts.last4 & 0xff_ffff, 0x9e37_79b1) >>> 16) ^ Math.imul(known, 0x3d4d)
    const p =
      (2 * (squashed[logit + 2048] as number) +
        this.afterOne.refine(logit, (last << 8) | known) +
        this.afterThree.refine(logit, three & 0xffff)) >>
      2
    this.probability = Math.max(leastProbability, Math.min(65_536 - leastProbability, p))
  }

  private learn(bit: number): void {
    const { starts, histories, afterHistory, node } = this
    const { bytes } = this.slots
    const { nextHistory } = this.tables
    for (let i = 0; i < contextCount; i++) {
      const history = histories[i] as number
      bytes[(starts[i] as number) + node] = nextHistory[2 * history + bit] as number
      learnBit(afterHistory, 256 * i + history, bit)
    }
    this.match.learn(bit)
    this.byByte.learn(bit)
    this.byTrust.learn(bit)
    this.byLast.learn(bit)
    this.judge.learn(bit)
    this.afterOne.learn(bit)
    this.afterThree.learn(bit)
  }
}
