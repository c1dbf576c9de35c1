import type { CreateHash } from '../bytes/hash.js'
import { toHex } from '../bytes/hex.js'
import { type ByteSource, readRange } from '../bytes/source.js'
import type { Guid } from '../replica/model.js'
import { fieldText, headerFields, headerSize } from './header-fields.js'
import { StandInFingerprint } from './stand-in-fingerprint.js'

const markerField = 'x-packetboat-partial'

/** What a file says about itself. */
export type StandInMarker =
  | { readonly kind: 'none' }
  /** A stand-in for the message `guid`; `edited` when somebody changed it since it was written. */
  | { readonly kind: 'partial'; readonly guid: Guid; readonly edited: boolean }

/** Where a marker is looked for: what programs put before it stays far below. Most headers are in the first piece. */
const lookBytes = [16 * 1024, 64 * 1024] as const

/** The marker as a header line without its line end. */
export function markerLine(guid: Guid, sum: string): string {
  return `X-Packetboat-Partial: v=1; id=${guid}; sum=${sum}`
}

/**
 * The Message-ID of a stand-in for a message whose own isn't here yet: what answers it can name it. It says nothing of the GUID, since it
 * goes out into the world with whatever a person answers to a stand-in.
 */
export function standInId(createHash: CreateHash, guid: Guid): string {
  const hash = createHash()
  hash.update(new TextEncoder().encode(`packetboat message-id ${guid}\n`))
  return `${toHex(hash.digest()).slice(0, 32)}@stand-in.invalid`
}

/**
 * Whether a file is a stand-in of ours. An ordinary message costs one look at its first bytes; only a stand-in is read whole. Only the top
 * header counts, and in it the first marker: not a body, not a message within.
 *
 * Anybody can send mail with such a field in it. So the marker is a claim: believe it only where `guid` names a message that this
 * replica knows to be partial (or to have been so), and treat the file as an ordinary message in any other case. Then the worst that
 * a forger who guesses 128 bits can reach is that his own mail is taken for a copy of the message that he named.
 */
export async function readMarker(source: ByteSource, createHash: CreateHash): Promise<StandInMarker> {
  const guid = await markedGuid(source)
  if (!guid) return { kind: 'none' }
  const fingerprint = new StandInFingerprint(createHash, guid.guid)
  for await (const chunk of readRange(source)) fingerprint.update(chunk)
  return { kind: 'partial', guid: guid.guid, edited: fingerprint.digest() !== guid.sum }
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

async function markedGuid(source: ByteSource): Promise<{ guid: Guid; sum: string } | undefined> {
  for (const length of lookBytes) {
    const bytes = await source.read(0, Math.min(length, source.size))
    for (const field of headerFields(bytes)) {
      if (field.name !== markerField) continue
      const value = fieldText(bytes, field, 1000)
      const [, guid = '', sum = ''] = /^v=1; id=([0-9a-f]{32}); sum=([0-9a-f]{16})(?:\s|$)/.exec(value) ?? []
      return guid === '' ? undefined : { guid, sum }
    }
    if (headerSize(bytes) < bytes.length || bytes.length < length) return undefined
  }
  return undefined
}
