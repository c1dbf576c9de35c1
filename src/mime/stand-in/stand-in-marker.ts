import type { CreateHash } from '../../bytes/hash.js'
import { toHex } from '../../bytes/hex.js'
import { hmac } from '../../bytes/hmac.js'
import { type ByteSource, readRange } from '../../bytes/source.js'
import type { Guid } from '../../replica/model.js'
import { fieldText, headerFields, headerSize } from '../headers/header-fields.js'
import { StandInFingerprint } from './stand-in-fingerprint.js'

const markerField = 'x-packetboat-partial'

/** What a file says about itself. */
export type StandInMarker =
  | { readonly kind: 'none' }
  /**
   * A stand-in for the message `guid`. `edited`: somebody has changed it since it was written. `proved`: it
   * was written here; one of an earlier build has no tag to say so, and could be anybody's.
   */
  | { readonly kind: 'partial'; readonly guid: Guid; readonly edited: boolean; readonly proved: boolean }

/** Where a marker is looked for: what programs put before it stays far below. Most headers are in the first piece. */
const lookBytes = [16 * 1024, 64 * 1024] as const

/** What marks stand-ins as written here. */
export interface MarkerKey {
  readonly createHash: CreateHash
  /** Secret, 32 bytes. */
  readonly key: Uint8Array
}

/** The marker as a header line without its line end. */
export function markerLine(marking: MarkerKey, guid: Guid, sum: string): string {
  return `X-Packetboat-Partial: v=2; id=${guid}; sum=${sum}; tag=${tagOf(marking, guid, sum)}`
}

/** Proves that the marker was made by who has the key: 32 hex digits. What it stands on may have been edited since. */
function tagOf(marking: MarkerKey, guid: Guid, sum: string): string {
  return authenticate(marking, `packetboat marker ${guid} ${sum}\n`)
}

/** Proves the same of what stands for a part, and that it is what is said of it: nobody can pass it off as another one. */
export function partTag(marking: MarkerKey, guid: Guid, part: number, words: string): string {
  return authenticate(marking, `packetboat part ${guid} ${part} ${words}\n`)
}

function authenticate({ createHash, key }: MarkerKey, text: string): string {
  return toHex(hmac(createHash, key, new TextEncoder().encode(text))).slice(0, 32)
}

/**
 * The Message-ID of a stand-in for a message whose own isn't here yet, so that an answer can refer to it. It
 * doesn't reveal the GUID, since it goes out into the world with every answer to a stand-in.
 */
export function standInId(createHash: CreateHash, guid: Guid): string {
  const hash = createHash()
  hash.update(new TextEncoder().encode(`packetboat message-id ${guid}\n`))
  return `${toHex(hash.digest()).slice(0, 32)}@stand-in.invalid`
}

/**
 * Whether a file is a stand-in of ours. For an ordinary message this costs one look at its first bytes; only
 * a stand-in is read whole. Only the top header counts, and in it the first marker: not a body, nor an
 * enclosed message. Anybody can send mail with such a field in it; a tag that isn't ours makes it ordinary
 * mail. A person to whom a stand-in was sent has a marker with a valid tag and can put it on a mail of their
 * own: that counts as an edited stand-in, and goes up as a message of its own.
 */
export async function readMarker(source: ByteSource, marking: MarkerKey): Promise<StandInMarker> {
  const claim = await claimOf(source)
  if (!claim) return { kind: 'none' }
  const { guid, sum, tag } = claim
  if (tag !== undefined && tag !== tagOf(marking, guid, sum)) return { kind: 'none' }
  const fingerprint = new StandInFingerprint(marking.createHash, guid)
  for await (const chunk of readRange(source)) fingerprint.update(chunk)
  return { kind: 'partial', guid, edited: fingerprint.digest() !== sum, proved: tag !== undefined }
}

/** What a stand-in shows, as a message of its own: its bytes without the marker. */
export async function* withoutMarker(source: ByteSource): AsyncGenerator<Uint8Array> {
  const head = await source.read(0, Math.min(lookBytes[1], source.size))
  const marker = [...headerFields(head)].find(({ name }) => name === markerField)
  if (marker) {
    yield head.subarray(0, marker.start)
    yield head.subarray(marker.end)
  } else yield head
  yield* readRange(source, head.length)
}

/** Version 1 had no tag. */
const claimText =
  /^(?:v=1; id=([0-9a-f]{32}); sum=([0-9a-f]{16})|v=2; id=([0-9a-f]{32}); sum=([0-9a-f]{16}); tag=([0-9a-f]{32}))(?:\s|$)/

async function claimOf(source: ByteSource): Promise<{ guid: Guid; sum: string; tag?: string } | undefined> {
  for (const length of lookBytes) {
    const bytes = await source.read(0, Math.min(length, source.size))
    for (const field of headerFields(bytes)) {
      if (field.name !== markerField) continue
      const value = fieldText(bytes, field, 1000)
      const [, oldGuid, oldSum, guid = oldGuid, sum = oldSum, tag] = claimText.exec(value) ?? []
      if (guid === undefined || sum === undefined) return undefined
      return { guid, sum, ...(tag !== undefined && { tag }) }
    }
    if (headerSize(bytes) < bytes.length || bytes.length < length) return undefined
  }
  return undefined
}
