import { byteString } from '../encodings/charset.js'
import { type MimeLimits, mimeLimits } from '../limits.js'
import type { Part } from '../skeleton.js'
import { truncateText } from './clean-text.js'
import { headerFields, unfold } from './header-fields.js'
import { parseStructured, type StructuredField } from './parameters.js'

/** What an entity's header says about its body. */
export interface ContentFields extends Pick<Part, 'type' | 'charset' | 'name' | 'disposition'> {
  /** Of a multipart, as a byte string; undefined when it has none that can be used. */
  readonly boundary?: string
  /** Everything but base64 and quoted-printable leaves the bytes as they are, for our purposes. */
  readonly transferEncoding: 'identity' | 'base64' | 'quoted-printable'
}

/** Reads the Content fields of a header (RFC 2045, 2183). The first of equal fields counts. */
export function parseContentFields(
  header: Uint8Array,
  defaultType: string,
  limits: MimeLimits = mimeLimits,
): ContentFields {
  const values = new Map<string, string>()
  for (const { name, valueStart, end } of headerFields(header)) {
    if (!name.startsWith('content-') || values.has(name)) continue
    const upTo = Math.min(end, valueStart + limits.parameterBytes)
    values.set(name, unfold(byteString(header.subarray(valueStart, upTo))))
  }
  const type = parseStructured(values.get('content-type') ?? '')
  const disposition = parseStructured(values.get('content-disposition') ?? '')
  const charset = type.raw('charset')?.toLowerCase()
  const name = fileName(disposition.text('filename') ?? type.text('name') ?? '')
  const boundary = type.raw('boundary')?.trimEnd()
  return {
    type: mediaType(type, defaultType, limits),
    ...(charset && isCharset(charset, limits) && { charset }),
    ...(name && { name }),
    ...(disposition.value && { disposition: disposition.value === 'inline' ? 'inline' : 'attachment' }),
    ...(boundary && boundary.length <= limits.boundaryBytes && { boundary }),
    transferEncoding: transferEncoding(values.get('content-transfer-encoding') ?? ''),
  }
}

const token = /^[a-z0-9!#$%&'*+.^_`{|}~-]+\/[a-z0-9!#$%&'*+.^_`{|}~-]+$/

/** Whether this can stand as a part's type in a skeleton: two lower-case tokens (RFC 2045 5.1). */
export function isMediaType(type: string, limits: MimeLimits = mimeLimits): boolean {
  return type.length <= limits.typeBytes && token.test(type)
}

/** Whether this can stand as a part's charset in a skeleton (RFC 2978 2.3). */
export function isCharset(charset: string, limits: MimeLimits = mimeLimits): boolean {
  return charset.length <= limits.charsetBytes && /^[a-z0-9!#$%&'+^_`{}~.:()-]+$/.test(charset)
}

/** A field without a usable type means the default, one that names too long a type means any bytes. */
function mediaType(field: StructuredField, defaultType: string, limits: MimeLimits): string {
  const type = field.value.replace(/\s/g, '')
  if (!token.test(type)) return defaultType
  return isMediaType(type, limits) ? type : 'application/octet-stream'
}

function transferEncoding(value: string): ContentFields['transferEncoding'] {
  const name = /[a-z0-9-]+/.exec(parseStructured(value).value)?.[0]
  return name === 'base64' || name === 'quoted-printable' ? name : 'identity'
}

/**
 * A file name that is safe to show: without a path (RFC 2183 2.3), without control characters, and without
 * the marks that turn the writing direction and could show `exe.txt` for `txt.exe`. Empty when nothing is
 * left.
 */
export function fileName(text: string): string {
  const last =
    text
      .replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '')
      .split(/[\\/]/)
      .at(-1) ?? ''
  return truncateText(last.trim(), mimeLimits.nameBytes).trim()
}
