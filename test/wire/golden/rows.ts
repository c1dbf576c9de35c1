import { readFileSync } from 'node:fs'
import { requestKinds } from '../../../src/wire/request-frames.js'
import { responseKinds } from '../../../src/wire/response/kinds.js'
import type { GoldenName, RowsOf } from './codecs.js'
import {
  bundleRows,
  flagsRows,
  listRows,
  mailRows,
  outlineRows,
  pathRows,
  rangesRows,
  streamRows,
} from './mail-rows.js'
import {
  chunkRows,
  entryRows,
  guidsRows,
  helloRows,
  journalRows,
  offerRows,
  policyRows,
  primerRows,
  questionRows,
  shoreRows,
  skeletonRows,
  vouchRows,
  wantsRows,
} from './request-rows.js'
import {
  acceptRows,
  changesRows,
  endRows,
  forecastRows,
  gistRows,
  hitsRows,
  linksRows,
  openRows,
  recipientsRows,
  refusalRows,
  resultRows,
  structureRows,
  totalsRows,
  vouchedRows,
  workingRows,
} from './response-rows.js'

/** Each kind under its own name: a new one gets its row by being there. */
const namesOf = <Name extends string>(kinds: Readonly<Record<Name, number>>): Record<Name, Name> =>
  Object.fromEntries(Object.keys(kinds).map((name) => [name, name])) as Record<Name, Name>

/** Values of everything that goes over the line. Their bytes are in bytes.json. */
export const goldenRows: { readonly [Name in GoldenName]: RowsOf<Name> } = {
  hello: helloRows,
  policy: policyRows,
  journal: journalRows,
  wants: wantsRows,
  offer: offerRows,
  skeleton: skeletonRows,
  chunk: chunkRows,
  primer: primerRows,
  shore: shoreRows,
  question: questionRows,
  vouch: vouchRows,
  accept: acceptRows,
  structure: structureRows,
  open: openRows,
  changes: changesRows,
  list: listRows,
  links: linksRows,
  end: endRows,
  working: workingRows,
  forecast: forecastRows,
  totals: totalsRows,
  recipients: recipientsRows,
  refusal: refusalRows,
  hits: hitsRows,
  vouched: vouchedRows,
  gist: gistRows,
  bundle: bundleRows,
  'kind of a request frame': namesOf(requestKinds),
  'kind of a response frame': namesOf(responseKinds),
  entry: entryRows,
  result: resultRows,
  'skeleton of a mail': mailRows,
  outline: outlineRows,
  flags: flagsRows,
  path: pathRows,
  ranges: rangesRows,
  guids: guidsRows,
  stream: streamRows,
}

/** The bytes of each row in hex, and the version of the frames that they belong to. */
export interface GoldenBytes {
  readonly version: number
  readonly rows: Readonly<Record<string, Readonly<Record<string, string>>>>
}

export const goldenBytesFile = 'test/wire/golden/bytes.json'

export function readGoldenBytes(): GoldenBytes {
  return JSON.parse(readFileSync(goldenBytesFile, 'utf8')) as GoldenBytes
}
