// The model and the coder of codec 2, in AssemblyScript: docs/PROTOCOL.md "Codec 2" is the contract. `npm run machine` compiles it to
// ../program.ts.

import { guessAfter, situationOfThree, touchAhead, touchNow } from './ahead'
import { beginReading, beginWriting, endWriting, readBit, writeBit } from './coder'
import { last4, pushContexts } from './contexts'
import {
  afterOne,
  afterThree,
  byByte,
  byLast,
  byTrust,
  coded,
  end,
  given,
  givenBytes,
  judge,
  kept,
  middleOne,
  middleThree,
  starts,
  tables,
} from './layout'
import { beginMatch, learnMatch, lookAt, matchLength, predictMatch, pushMatch } from './match'
import { learnWeights, learnWeights16, sumOf, sumsOf, weigh, weigh16, within } from './mixer'
import { beginOpinions, empty4, learnProbabilities4, meet4, opinions4, remember } from './opinions'
import { squash, squash3 } from './probability'
import { beginRefinement, learnRefined, lineAt, middleAt, nearAt, refined, touchLine } from './refinement'
import { findSlots, nameSlots } from './slots'

export { beginReading, beginWriting, coded, end, endWriting, given, tables }

const orderCount = 5
const opinionPace = 14
const judgePace = 2
const firstWeight = 14_000
const firstJudgeWeight = 21_845
const mostLogit = 2047
const leastProbability = 16

/** What is done with bytes. */
const beginning = 0
const learning = 1
const writing = 2
const reading = 3

/** How likely the next bit is a 1, of 65,536. */
let probability: i32 = 0
/** What was used for the last prediction: sets of weights, probabilities that refined it, and what the judge said. */
let byTrustAt: usize = 0
let byLastAt: usize = 0
let oneAt: usize = 0
let threeAt: usize = 0
let logit: i32 = 0
/** Nobody reads it: as in ahead.as. */
let touched: u32 = 0

function fill(from: usize, count: i32, value: i32): void {
  for (let i = 0; i < count; i++) store<i32>(from + 4 * i, value)
}

/** Once, when the tables are there. */
export function begin(): void {
  fill(byByte, 256 * 16, firstWeight)
  fill(byTrust, 30 * 16, firstWeight)
  fill(byLast, 256 * 16, firstWeight)
  fill(judge, 256 * 4, firstJudgeWeight)
  beginOpinions()
  beginMatch()
  beginRefinement(afterOne, middleOne)
  beginRefinement(afterThree, middleThree)
  nameSlots(1, starts)
  findSlots()
  run(0, beginning)
}

/**
 * Takes bytes, bit by bit: learns the bit that came, and predicts the next one. All of it is in one function, so that what goes from one
 * bit to the next stays in the processor's registers.
 */
function run(count: i32, act: i32): void {
  let chances0 = v128.load(kept)
  let chances1 = v128.load(kept, 16)
  let chances2 = v128.load(kept, 32)
  let opinions0 = v128.load(kept, 48)
  let opinions1 = v128.load(kept, 64)
  let opinions2 = v128.load(kept, 80)
  let opinions3 = v128.load(kept, 96)
  let judgements = v128.load(kept, 112)
  let judged = v128.load(kept, 128)
  let chance = probability
  let at = 0
  let byte = 0
  let bit = 0
  /** The bits of the byte so far, behind a 1. */
  let known = 1
  let bitsKnown = 0
  /** Where in a slot's tree of four bits. */
  let node: usize = 1
  let guess = 0
  while (at < count || act == beginning) {
    if (act != beginning) {
      if (act == reading) bit = readBit(chance)
      else {
        if (bitsKnown == 0) byte = load<u8>(given + at)
        bit = (byte >> (7 - bitsKnown)) & 1
        if (act == writing) writeBit(bit, chance)
      }

      const errors = i32x4.shr_s(
        i32x4.mul(i32x4.sub(i32x4.splat(bit << 16), judged), i32x4.splat(opinionPace)),
        4,
      )
      const byByteError = i32x4.shuffle(errors, errors, 0, 0, 0, 0)
      const byTrustError = i32x4.shuffle(errors, errors, 1, 1, 1, 1)
      const byLastError = i32x4.shuffle(errors, errors, 2, 2, 2, 2)
      const byByteAt = byByte + (<usize>known << 6)
      learnWeights16(byByteAt, opinions0, opinions1, opinions2, opinions3, byByteError)
      learnWeights16(byTrustAt, opinions0, opinions1, opinions2, opinions3, byTrustError)
      learnWeights16(byLastAt, opinions0, opinions1, opinions2, opinions3, byLastError)
      const judgeError = (((bit << 16) - squash(logit)) * judgePace) >> 4
      learnWeights(judge + (<usize>known << 4), judgements, i32x4.splat(judgeError))
      learnMatch(bit)
      learnRefined(oneAt, bit)
      learnRefined(threeAt, bit)
      learnProbabilities4(0, chances0, bit)
      learnProbabilities4(4, chances1, bit)
      learnProbabilities4(8, chances2, bit)
      remember(node, bit)

      known = (known << 1) | bit
      node = (node << 1) | bit
      bitsKnown++
      if (bitsKnown == 4) {
        nameSlots(known, starts)
        if (known != (16 | (guess >> 4))) touchNow(starts)
        findSlots()
        node = 1
      } else if (bitsKnown == 8) {
        byte = known & 255
        if (act == reading) store<u8>(given + at, byte)
        at++
        known = 1
        bitsKnown = 0
        pushMatch(byte)
        pushContexts(byte)
        guess = guessAfter(byte)
        if (act != reading && at < count) guess = load<u8>(given + at)
        nameSlots(1, starts)
        touchAhead(guess, starts)
        findSlots()
        node = 1
      }
    }

    const lastByte = last4 & 255
    const one: u32 = (lastByte << 8) | known
    const three = situationOfThree(known)
    const oneLine = lineAt(afterOne, one)
    const threeLine = lineAt(afterThree, three)
    touched = touchLine(oneLine) + touchLine(threeLine)
    chances0 = meet4(0, node)
    opinions0 = opinions4(0)
    chances1 = meet4(4, node)
    opinions1 = opinions4(4)
    chances2 = meet4(8, node)
    opinions2 = opinions4(8)
    opinions3 = i32x4.replace_lane(i32x4(0, 256, 0, 0), 0, predictMatch(known, bitsKnown))
    const met =
      orderCount -
      popcnt(i32x4.bitmask(empty4(chances0))) +
      i32x4.extract_lane(empty4(chances1), 0)
    const trust = matchLength == 0 ? 0 : min(4, 1 + (matchLength >> 3))
    const byByteAt = byByte + (<usize>known << 6)
    byTrustAt = byTrust + (<usize>(met * 5 + trust) << 6)
    byLastAt = byLast + (<usize>lastByte << 6)
    const sums = sumsOf(
      weigh16(byByteAt, opinions0, opinions1, opinions2, opinions3),
      weigh16(byTrustAt, opinions0, opinions1, opinions2, opinions3),
      weigh16(byLastAt, opinions0, opinions1, opinions2, opinions3),
    )
    judgements = within(mostLogit, i32x4.shr_s(sums, 8))
    judged = squash3(judgements)
    const sum = sumOf(weigh(judge + (<usize>known << 4), judgements)) >> 8
    logit = max(-mostLogit, min(mostLogit, sum))

    const step = <usize>(logit + 2048) >> 7
    const weight = (logit + 2048) & 127
    const oneMiddle = middleAt(middleOne, one)
    const threeMiddle = middleAt(middleThree, three)
    const likely =
      2 * squash(logit) +
      refined(oneLine, oneMiddle, step, weight) +
      refined(threeLine, threeMiddle, step, weight)
    chance = max(leastProbability, min(65_536 - leastProbability, likely >> 2))
    const near = step + usize(weight >= 64)
    oneAt = nearAt(oneLine, oneMiddle, near)
    threeAt = nearAt(threeLine, threeMiddle, near)
    if (act == beginning) break
  }
  probability = chance
  v128.store(kept, chances0)
  v128.store(kept, chances1, 16)
  v128.store(kept, chances2, 32)
  v128.store(kept, opinions0, 48)
  v128.store(kept, opinions1, 64)
  v128.store(kept, opinions2, 80)
  v128.store(kept, opinions3, 96)
  v128.store(kept, judgements, 112)
  v128.store(kept, judged, 128)
}

/** Takes in bytes at `given` in which only matches are looked for. */
export function look(count: i32): void {
  lookAt(given, min(count, givenBytes))
}

/** Takes in bytes at `given` that nobody has to predict. */
export function learn(count: i32): void {
  run(min(count, givenBytes), learning)
}

/** Codes bytes at `given`. */
export function write(count: i32): void {
  run(min(count, givenBytes), writing)
}

/** Decodes so many bytes to `given`. */
export function read(count: i32): void {
  run(min(count, givenBytes), reading)
}
