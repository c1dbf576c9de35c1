import { concat, equalBytes } from '../../bytes/concat.js'
import { mimeLimits } from '../limits.js'
import type { ColdHeader, Skeleton } from '../skeleton.js'
import { headerFields } from './header-fields.js'

/**
 * Fields that machines write for machines: the route that a message took, signatures, verdicts of filters.
 * Nobody reads them; they make up half of a modern header, and most of their bytes are random. The sender
 * decides which fields are cold, and the skeleton names them.
 */
const coldNames = new RegExp(
  `^(?:${[
    'received|x-received|received-spf|x-zimbra-received',
    '(?:x-)?arc-.*|(?:x-)?authentication-results.*|x-authentication-warning',
    'dkim-.*|domainkey-.*|x-.*dkim.*',
    'x-google-.*|x-gm-.*|x-ms-.*|x-microsoft-.*|x-forefront-.*|x-exchange-.*|x-incoming.*|x-eop.*|x-originalarrivaltime',
    'x-ymail-.*|x-amz-.*|x-ses-.*|x-sg-.*|x-me-.*|(?:x-)?ui-.*|x-asf-.*|(?:x-)?feedback-id|x-originating-ip|x-source.*',
    // A mail program may sort by the flag.
    'x-spam-(?!flag).*|x-spamd-.*|x-ham-report|x-virus-.*|x-mailscanner.*|x-antiabuse|x-mime-autoconverted',
    'x-proofpoint-.*|x-brightmail-.*|x-barracuda-.*|(?:x-)?ironport-.*|x-mimecast-.*',
  ].join('|')})$`,
)

/** They repeat from message to message, and what else stands in a header shares words with them: alone they don't pay. */
const routeNames = /^(?:x-)?received$/

/**
 * Cold fields other than the route must add up to this many bytes to be split off. Measured: splitting old
 * list mail, whose headers have a few hundred such bytes, costs 1 % of its headers; from 1,000 on, separate
 * statistics save more than it costs to say where the fields stood.
 */
const leastBytes = 1000

/** The cold fields of the header that a structure begins with, where there are enough of them. */
export function findCold(structure: Uint8Array): ColdHeader | undefined {
  const runs: number[] = []
  let sizeBytes = 0
  let payingBytes = 0
  let cold = false
  let count = 0
  for (const { name, start, end } of headerFields(structure)) {
    if (coldNames.test(name) !== cold) {
      runs.push(count)
      count = 0
      cold = !cold
    }
    count++
    if (!cold) continue
    sizeBytes += end - start
    if (!routeNames.test(name)) payingBytes += end - start
  }
  if (cold) runs.push(count)
  if (payingBytes < leastBytes || runs.length > mimeLimits.coldRuns) return undefined
  const found = { sizeBytes, runs }
  const { hot, cold: apart } = partCold(structure, found)
  return equalBytes(joinCold(hot, apart, found), structure) ? found : undefined
}

/** A structure without its cold fields, and these. */
export function partCold(
  structure: Uint8Array,
  { runs }: ColdHeader,
): { readonly hot: Uint8Array; readonly cold: Uint8Array } {
  const fields = headerFields(structure)
  const kept: Uint8Array[] = []
  const apart: Uint8Array[] = []
  let end = 0
  for (const [i, run] of runs.entries()) {
    const from = end
    end = skipFields(fields, run, end)
    ;(i % 2 === 0 ? kept : apart).push(structure.subarray(from, end))
  }
  return { hot: concat([...kept, structure.subarray(end)]), cold: concat(apart) }
}

/** The structure again. Whatever the bytes are, all of them are in it. */
export function joinCold(hot: Uint8Array, cold: Uint8Array, { runs }: ColdHeader): Uint8Array {
  const sides = [hot, cold].map((bytes) => ({ bytes, fields: headerFields(bytes), end: 0 }))
  const pieces: Uint8Array[] = []
  for (const [i, run] of runs.entries()) {
    const side = sides[i % 2]
    if (!side) continue
    const from = side.end
    side.end = skipFields(side.fields, run, from)
    pieces.push(side.bytes.subarray(from, side.end))
  }
  // What the runs leave over of the cold can only stand in a skeleton that is wrong: the digest says so.
  return concat([...pieces, ...sides.toReversed().map(({ bytes, end }) => bytes.subarray(end))])
}

/** Where the next `count` fields end, or the header does. */
function skipFields(fields: Iterator<{ readonly end: number }>, count: number, from: number): number {
  let end = from
  for (let i = 0; i < count; i++) {
    const { done, value } = fields.next()
    if (done) break
    end = value.end
  }
  return end
}

/** What a skeleton says of a structure that lacks its cold fields. */
export function withoutCold(skeleton: Skeleton): Skeleton {
  const { cold, ...rest } = skeleton
  const [first = 0, ...runs] = skeleton.structure
  if (!cold) return skeleton
  const left = first - cold.sizeBytes
  const parts = rest.parts.map((part, i) =>
    // Where the message's own header is the part's.
    i === 0 ? { ...part, headerSize: Math.min(part.headerSize, left) } : part,
  )
  return { ...rest, size: rest.size - cold.sizeBytes, structure: [left, ...runs], parts }
}
