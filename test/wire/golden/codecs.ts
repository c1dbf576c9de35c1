import { fromHex } from '../../../src/bytes/hex.js'
import { ByteReader, ByteWriter } from '../../../src/bytes/varint.js'
import { decodeOutline, encodeOutline } from '../../../src/mime/outline.js'
import { decodeSkeleton, encodeSkeleton } from '../../../src/mime/skeleton-codec.js'
import type { Flags, Guid, MailboxPath, UidRange } from '../../../src/replica/model.js'
import { decodePolicy, encodePolicy } from '../../../src/sync/policy/policy.js'
import { type Bundled, bundleKind, encodeBundle, unbundle } from '../../../src/wire/bundle.js'
import { loadZstd } from '../../../src/wire/compression/zstd.js'
import {
  decodeChunk,
  decodeSkeletonFrame,
  encodeChunk,
  encodeSkeletonFrame,
} from '../../../src/wire/content-frames.js'
import { createFrameDecoder } from '../../../src/wire/frame-decoder.js'
import { createFrameEncoder } from '../../../src/wire/frame-encoder.js'
import { readEntry, readResult, writeEntry, writeResult } from '../../../src/wire/operations.js'
import { decodePrimer, encodePrimer } from '../../../src/wire/primer-frame.js'
import { decodeQuestion, encodeQuestion } from '../../../src/wire/question-frame.js'
import {
  decodeHello,
  decodeJournal,
  decodeOffer,
  encodeHello,
  encodeJournal,
  encodeOffer,
  requestKinds,
} from '../../../src/wire/request-frames.js'
import { decodeAccept, encodeAccept } from '../../../src/wire/response/accept-frame.js'
import { decodeChanges, encodeChanges } from '../../../src/wire/response/changes-frame.js'
import { decodeForecast, encodeForecast } from '../../../src/wire/response/forecast-frame.js'
import { decodeGist, encodeGist } from '../../../src/wire/response/gist-frame.js'
import { decodeHits, encodeHits } from '../../../src/wire/response/hits-frame.js'
import { responseKinds } from '../../../src/wire/response/kinds.js'
import { decodeLinks, encodeLinks } from '../../../src/wire/response/links-frame.js'
import { decodeList, encodeList } from '../../../src/wire/response/list-frame.js'
import {
  decodeEnd,
  decodeTotals,
  decodeWorking,
  encodeEnd,
  encodeTotals,
  encodeWorking,
} from '../../../src/wire/response/progress-frames.js'
import { decodeRecipients, encodeRecipients } from '../../../src/wire/response/recipients-frame.js'
import { decodeRefusal, encodeRefusal } from '../../../src/wire/response/refusal-frame.js'
import {
  decodeOpen,
  decodeStructure,
  encodeOpen,
  encodeStructure,
} from '../../../src/wire/response/structure-frames.js'
import {
  decodeShore,
  decodeShoreFrame,
  encodeShore,
  encodeShoreFrame,
} from '../../../src/wire/shore-frame.js'
import {
  readFlags,
  readGuids,
  readPath,
  readRanges,
  writeFlags,
  writeGuids,
  writePath,
  writeRanges,
} from '../../../src/wire/values.js'
import { decodeWants, encodeWants } from '../../../src/wire/wants-frame.js'
import { sha256 } from '../../world/side.js'

/** The two directions of everything that has bytes of its own on the line. */
export interface GoldenCodec<T> {
  encode(value: T): Uint8Array
  decode(bytes: Uint8Array): T
}

const zstd = await loadZstd()

/** A value that stands within frames: nothing may be left behind it. */
function value<T>(
  write: (writer: ByteWriter, value: T) => void,
  read: (reader: ByteReader) => T,
): GoldenCodec<T> {
  return {
    encode: (value) => {
      const writer = new ByteWriter()
      write(writer, value)
      return writer.finish()
    },
    decode: (bytes) => {
      const reader = new ByteReader(bytes)
      const value = read(reader)
      if (!reader.done) throw new Error(`${reader.remaining} bytes are left`)
      return value
    },
  }
}

/** A row of frames as they leave a side: heads, places, checks, codec 1. */
export interface Framed {
  readonly kind: number
  readonly mode: 'text' | 'stored'
  readonly payload: Uint8Array
}

function encodeStream(frames: readonly Framed[]): Uint8Array {
  const encoder = createFrameEncoder({ codec: zstd, createHash: sha256 })
  return Buffer.concat(frames.map(({ kind, payload, mode }) => encoder.encode(kind, payload, mode)))
}

function decodeStream(bytes: Uint8Array): Framed[] {
  const decoder = createFrameDecoder({ codec: zstd, createHash: sha256 })
  const frames: Framed[] = []
  let at = 0
  decoder.push(bytes)
  for (let frame = decoder.next(); frame; frame = decoder.next()) {
    const mode = (bytes[at] ?? 0) & 0x20 ? 'text' : 'stored'
    frames.push({ kind: frame.kind, mode, payload: frame.payload.slice() })
    at += frame.wireBytes
  }
  return frames
}

/** Which kind of frame it is, as the number that goes over the line. */
function kindOf<Name extends string>(numbers: Readonly<Record<Name, number>>): GoldenCodec<Name> {
  const names = Object.keys(numbers) as Name[]
  return {
    encode: (name) => Uint8Array.of(numbers[name]),
    decode: ([number]) => names.find((name) => numbers[name] === number) ?? names[0]!,
  }
}

/** By the names that frames have in `requestKinds` and `responseKinds`; then what stands in frames. */
export const goldenCodecs = {
  hello: { encode: encodeHello, decode: decodeHello },
  policy: { encode: encodePolicy, decode: decodePolicy },
  journal: { encode: encodeJournal, decode: decodeJournal },
  wants: { encode: encodeWants, decode: decodeWants },
  offer: { encode: encodeOffer, decode: decodeOffer },
  skeleton: { encode: encodeSkeletonFrame, decode: decodeSkeletonFrame },
  chunk: { encode: encodeChunk, decode: decodeChunk },
  primer: { encode: encodePrimer, decode: decodePrimer },
  question: { encode: encodeQuestion, decode: decodeQuestion },
  shore: { encode: encodeShoreFrame, decode: decodeShoreFrame },
  vouch: { encode: encodeShore, decode: decodeShore },
  accept: {
    encode: (accept: Parameters<typeof encodeAccept>[0]) => encodeAccept(accept)[0] ?? fromHex(''),
    decode: (bytes: Uint8Array) => decodeAccept(bytes).accept,
  },
  structure: { encode: encodeStructure, decode: decodeStructure },
  open: { encode: encodeOpen, decode: decodeOpen },
  changes: { encode: encodeChanges, decode: decodeChanges },
  list: { encode: encodeList, decode: decodeList },
  links: { encode: encodeLinks, decode: decodeLinks },
  end: { encode: encodeEnd, decode: decodeEnd },
  working: { encode: encodeWorking, decode: decodeWorking },
  forecast: { encode: encodeForecast, decode: decodeForecast },
  totals: { encode: encodeTotals, decode: decodeTotals },
  recipients: { encode: encodeRecipients, decode: decodeRecipients },
  hits: { encode: encodeHits, decode: decodeHits },
  gist: { encode: encodeGist, decode: decodeGist },
  refusal: { encode: encodeRefusal, decode: decodeRefusal },
  vouched: { encode: encodeShore, decode: decodeShore },
  bundle: {
    encode: (frames: readonly Bundled[]) => encodeBundle(frames),
    decode: (payload: Uint8Array): readonly Bundled[] => unbundle({ kind: bundleKind, payload }),
  },
  'kind of a request frame': kindOf(requestKinds),
  'kind of a response frame': kindOf(responseKinds),
  entry: value(writeEntry, readEntry),
  result: value(writeResult, readResult),
  'skeleton of a mail': { encode: encodeSkeleton, decode: decodeSkeleton },
  outline: { encode: encodeOutline, decode: decodeOutline },
  flags: value<Flags>(writeFlags, readFlags),
  path: value<MailboxPath>(writePath, readPath),
  ranges: value<readonly UidRange[]>(writeRanges, readRanges),
  guids: value<readonly Guid[]>(
    (writer, guids) => {
      writer.varint(guids.length)
      writeGuids(writer, guids)
    },
    (reader) => readGuids(reader, reader.varint()),
  ),
  stream: { encode: encodeStream, decode: decodeStream },
} as const

export type GoldenName = keyof typeof goldenCodecs

/** Rows of one codec: what is special about each, and the value. */
export type RowsOf<Name extends GoldenName> = Readonly<
  Record<string, Parameters<(typeof goldenCodecs)[Name]['encode']>[0]>
>
