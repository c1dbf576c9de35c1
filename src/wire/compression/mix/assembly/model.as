// The model and the coder of codec 2, in AssemblyScript: docs/PROTOCOL.md "Codec 2" is the contract. `npm run machine` compiles it to
// ../program.ts.

import { beginReading, beginWriting, endWriting, readBit, writeBit } from './coder'
import { last4, pushContexts } from './contexts'
import {
  afterHistory,
  afterHistoryAt,
  afterOne,
  afterThree,
  byByte,
  byLast,
  byTrust,
  coded,
  contextCount,
  end,
  given,
  givenBytes,
  hashes,
  historyOnes,
  judge,
  judgements,
  nextHistory,
  opinions,
  starts,
  tables,
} from './layout'
import { beginMatch, learnMatch, lookAt, matchLength, predictMatch, pushMatch } from './match'
import { learn16, learn4, mix16, mix4 } from './mixer'
import { learnBit, logitAt, squash } from './probability'
import { beginRefinement, learnRefined, refined, rowAt } from './refinement'
import { findSlot, touchSlot } from './slots'

export { beginReading, beginWriting, coded, end, endWriting, given, tables }

const orderCount: usize = 5
const opinionPace = 14
const judgePace = 2
const firstWeight = 14_000
const firstJudgeWeight = 21_845
const leastProbability = 16

/** How likely the next bit is a 1, of 65,536. */
let probability: i32 = 0
/** The bits of the byte so far, behind a 1. */
let known: i32 = 1
let bitsKnown: i32 = 0
/** Where in a slot's tree of four bits. */
let node: usize = 1
let met: i32 = 0
/** What was used for the last prediction: sets of weights, and what each mixer said. */
let byByteAt: usize = 0
let byTrustAt: usize = 0
let byLastAt: usize = 0
let judgeAt: usize = 0
let logit: i32 = 0
let oneAt: usize = 0
let threeAt: usize = 0

function fill(from: usize, count: i32, value: i32): void {
  for (let i = 0; i < count; i++) store<i32>(from + 4 * i, value)
}

/** Once, when the tables are there. */
export function begin(): void {
  for (let context: usize = 0; context < contextCount; context++)
    for (let history: usize = 0; history < 256; history++)
      store<i32>(
        afterHistory + 4 * (256 * context + history),
        <i32>load<u16>(historyOnes + 2 * history) << 16,
      )
  fill(byByte, 256 * 16, firstWeight)
  fill(byTrust, 30 * 16, firstWeight)
  fill(byLast, 256 * 16, firstWeight)
  fill(judge, 256 * 4, firstJudgeWeight)
  store<i32>(opinions + 4 * (contextCount + 1), 256)
  beginMatch()
  beginRefinement(afterOne)
  beginRefinement(afterThree)
  findSlots()
  meetContexts()
  predict()
}

/** Nobody reads it. Without it the compiler would leave out the loads that bring slots into the cache. */
let touched: u32 = 0

/** The slots of all contexts lie far apart: all are asked for before any is waited for. */
function findSlots(): void {
  const turn: u32 = <u32>known * 0x2f0b4c47
  let all: u32 = 0
  for (let i: usize = 0; i < contextCount; i++) {
    let hash: u32 = (load<u32>(hashes + (i << 2)) + turn) * <u32>0x9e3779b1
    hash ^= hash >> 15
    hash *= <u32>0x85ebca77
    store<u32>(starts + (i << 2), hash)
    all += touchSlot(hash)
  }
  touched = all
  for (let i: usize = 0; i < contextCount; i++)
    store<u32>(starts + (i << 2), <u32>findSlot(load<u32>(starts + (i << 2))))
  node = 1
}

/** The opinion of a context, of its history at a place in a slot. */
// @ts-ignore: decorator
@inline
function meet(context: usize, history: usize): void {
  const at = afterHistory + (context << 10) + (history << 2)
  store<u32>(afterHistoryAt + (context << 2), <u32>at)
  store<i32>(opinions + (context << 2), history == 0 ? 0 : logitAt(at))
  if (context < orderCount) met += i32(history != 0)
}

/** A context learns the bit. Gives where its slot begins. */
// @ts-ignore: decorator
@inline
function learnContext(context: usize, bit: i32): usize {
  const start: usize = load<u32>(starts + (context << 2))
  const at: usize = load<u32>(afterHistoryAt + (context << 2))
  const history = (at >> 2) & 255
  store<u8>(start + node, load<u8>(nextHistory + (history << 1) + bit))
  learnBit(at, bit)
  return start
}

function meetContexts(): void {
  met = 0
  for (let i: usize = 0; i < contextCount; i++)
    meet(i, load<u8>(<usize>load<u32>(starts + (i << 2)) + node))
}

function predict(): void {
  store<i32>(opinions + 4 * contextCount, predictMatch(known, bitsKnown))
  const trust = matchLength == 0 ? 0 : min(4, 1 + (matchLength >> 3))
  const lastByte = last4 & 255
  byByteAt = byByte + (<usize>known << 6)
  byTrustAt = byTrust + (<usize>(met * 5 + trust) << 6)
  byLastAt = byLast + (<usize>lastByte << 6)
  judgeAt = judge + (<usize>known << 4)
  store<i32>(judgements, mix16(byByteAt, opinions))
  store<i32>(judgements, mix16(byTrustAt, opinions), 4)
  store<i32>(judgements, mix16(byLastAt, opinions), 8)
  logit = mix4(judgeAt, judgements)
  const three: u32 = ((<u32>(last4 & 0xff_ffff) * <u32>0x9e3779b1) >> 16) ^ (<u32>known * 0x3d4d)
  oneAt = rowAt(afterOne, logit, (lastByte << 8) | known)
  threeAt = rowAt(afterThree, logit, <i32>(three & 0xffff))
  const p = (2 * squash(logit) + refined(oneAt, logit) + refined(threeAt, logit)) >> 2
  probability = max(leastProbability, min(65_536 - leastProbability, p))
}

/** Learns the bit that came, and predicts the next one. */
// @ts-ignore: decorator
@inline
function push(bit: i32): void {
  learnMatch(bit)
  learn16(byByteAt, opinions, load<i32>(judgements), bit, opinionPace)
  learn16(byTrustAt, opinions, load<i32>(judgements, 4), bit, opinionPace)
  learn16(byLastAt, opinions, load<i32>(judgements, 8), bit, opinionPace)
  learn4(judgeAt, judgements, logit, bit, judgePace)
  learnRefined(oneAt, logit, bit)
  learnRefined(threeAt, logit, bit)
  known = (known << 1) | bit
  bitsKnown++
  if (bitsKnown & 3) {
    const next = (node << 1) | bit
    met = 0
    for (let i: usize = 0; i < contextCount; i++) meet(i, load<u8>(learnContext(i, bit) + next))
    node = next
  } else {
    for (let i: usize = 0; i < contextCount; i++) learnContext(i, bit)
    if (bitsKnown == 8) {
      const byte = known & 255
      known = 1
      bitsKnown = 0
      pushMatch(byte)
      pushContexts(byte)
    }
    findSlots()
    meetContexts()
  }
  predict()
}

/** Takes in bytes at `given` in which only matches are looked for. */
export function look(count: i32): void {
  lookAt(given, min(count, givenBytes))
}

/** Takes in bytes at `given` that nobody has to predict. */
export function learn(count: i32): void {
  for (let at = 0; at < min(count, givenBytes); at++) {
    const byte = <i32>load<u8>(given + at)
    for (let shift = 7; shift >= 0; shift--) push((byte >> shift) & 1)
  }
}

/** Codes bytes at `given`. */
export function write(count: i32): void {
  for (let at = 0; at < min(count, givenBytes); at++) {
    const byte = <i32>load<u8>(given + at)
    for (let shift = 7; shift >= 0; shift--) {
      const bit = (byte >> shift) & 1
      writeBit(bit, probability)
      push(bit)
    }
  }
}

/** Decodes so many bytes to `given`. */
export function read(count: i32): void {
  for (let at = 0; at < min(count, givenBytes); at++) {
    let byte = 0
    for (let i = 0; i < 8; i++) {
      const bit = readBit(probability)
      push(bit)
      byte = (byte << 1) | bit
    }
    store<u8>(given + at, byte)
  }
}
