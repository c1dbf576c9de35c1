import { type ByteSource, readRange } from '../../bytes/source.js'
import { byteString } from '../encodings/charset.js'
import { headerFields } from '../headers/header-fields.js'
import { readExactly } from '../lines.js'
import { partSource } from '../read-part.js'
import type { Entity, Part, Skeleton } from '../skeleton.js'

/** A picture that stands in a message. */
export interface FoundPicture {
  /** Its number among the parts. */
  readonly part: number
  /** Empty where it has none. */
  readonly name: string
  /** Decoded. */
  readonly sizeBytes: number
}

/** Why every byte of a message stays as it is. */
export type Sealed = 'signed' | 'sent-on'

/** Smaller ones aren't worth it. */
const leastBytes = 20_000

const pictureName = /\.(?:jpe?g|jpe|jfif|png|webp|heic|heif|avif|tiff?|bmp)$/i
const anyBytes: readonly string[] = ['application/octet-stream', 'application/binary']

/**
 * Pictures in base64 whose headers say that they are large enough to be made smaller. Leaves out pictures in
 * a message that is forwarded whole: that message is somebody else's.
 */
export function findPictures(skeleton: Pick<Skeleton, 'tree' | 'parts'>): FoundPicture[] {
  return ownOf(skeleton).parts.flatMap(([number, part]) => {
    if (part.size < leastBytes || part.encoding.kind !== 'base64' || !isPicture(part)) return []
    return { part: number, name: part.name ?? '', sizeBytes: part.size }
  })
}

/** Parts and multiparts of a message, but for those of messages within it. */
function ownOf({ tree, parts }: Pick<Skeleton, 'tree' | 'parts'>): {
  readonly parts: readonly (readonly [number: number, part: Part])[]
  readonly multiparts: readonly string[]
} {
  const own: [number, Part][] = []
  const multiparts: string[] = []
  const open: Entity[] = [tree]
  for (let entity = open.pop(); entity; entity = open.pop()) {
    if (entity.kind === 'multipart') {
      multiparts.push(entity.type)
      open.push(...entity.children.toReversed())
    } else if (entity.kind === 'part') {
      const part = parts[entity.part]
      if (part) own.push([entity.part, part])
    }
  }
  return { parts: own, multiparts }
}

function isPicture({ type, name = '' }: Part): boolean {
  if (type === 'image/svg+xml' || type === 'image/gif') return false
  return type.startsWith('image/') || (anyBytes.includes(type) && pictureName.test(name))
}

const signedFields: readonly string[] = [
  'dkim-signature',
  'domainkey-signature',
  'arc-seal',
  'arc-message-signature',
]
const signedTypes =
  /^(?:multipart\/(?:signed|encrypted)|application\/(?:x-)?pkcs7-(?:mime|signature)|application\/pgp(?:-\w+)?)$/
const signatureName = /\.(?:asc|sig|pgp|gpg|p7[sm])$/i

/** Whether a header field of this name signs the whole message. */
export const isSeal = (name: string): boolean => signedFields.includes(name)

/**
 * Why a message may not be changed: it is signed or encrypted in a known way (RFC 1847, 8551, 3156, 6376,
 * OpenPGP within a text), or resent as it came (RFC 5322 3.6.6). Undefined when it may.
 */
export async function sealOf(source: ByteSource, skeleton: Skeleton): Promise<Sealed | undefined> {
  const { parts, multiparts } = ownOf(skeleton)
  const header = await readExactly(source, 0, skeleton.structure[0] ?? 0)
  const names = [...headerFields(header)].map(({ name }) => name)
  if (names.some(isSeal)) return 'signed'
  if ([...multiparts, ...parts.map(([, { type }]) => type)].some((type) => signedTypes.test(type)))
    return 'signed'
  if (parts.some(([, { name = '' }]) => signatureName.test(name))) return 'signed'
  for (const [number, { type }] of parts)
    if (type.startsWith('text/') && (await holdsArmour(partSource(source, skeleton, number)))) return 'signed'
  return names.some((name) => name.startsWith('resent-')) ? 'sent-on' : undefined
}

/** An armoured block of OpenPGP (RFC 9580 6.2) without white space; then the same in base64, at each of the three places where a group can begin. */
const armours = ['-----BEGINPGP', 'LS0tLS1CRUdJTiBQR1', 'LS0tQkVHSU4gUEdQ', 'LS0tLUJFR0lOIFBH']

async function holdsArmour(text: ByteSource): Promise<boolean> {
  let seen = ''
  for await (const chunk of readRange(text)) {
    seen = seen.slice(-32) + byteString(chunk).replace(/\s/g, '')
    if (armours.some((armour) => seen.includes(armour))) return true
  }
  return false
}
