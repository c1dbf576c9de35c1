import type { CreateHash, Digest } from '../bytes/hash.js'
import { toHex } from '../bytes/hex.js'
import type { ByteSource } from '../bytes/source.js'
import { stringBytes } from './encodings/charset.js'
import { type ContentFields, parseContentFields } from './headers/content-fields.js'
import { isBlankLine } from './headers/header-fields.js'
import { type MimeLimits, mimeLimits } from './limits.js'
import { delimiterSize, holdsAt, LineWalk, readExactly } from './lines.js'
import type { Entity } from './skeleton.js'

export interface SplitOptions {
  readonly createHash: CreateHash
  readonly limits?: MimeLimits
  readonly signal?: AbortSignal
  /** Awaited between steps of what takes long: lets others that wait in this process do something. */
  readonly turn?: () => Promise<void>
}

/** A leaf as it stands in the message. */
export interface ScannedPart {
  readonly fields: ContentFields
  readonly headerSize: number
  /** Of the body. */
  readonly start: number
  readonly end: number
  /** The boundaries of the multiparts in which it is. None of what is in a message within the message, or signed. */
  readonly around?: Around
}

export interface ScannedMessage {
  /** Of all that was read: of the message, when nothing was leapt over. */
  readonly digest: Digest
  readonly parts: readonly ScannedPart[]
  readonly enclosed: readonly EnclosedMessage[]
  readonly tree: Entity
}

/** Outermost first. */
type Around = readonly Uint8Array[]

/** A message within the message, in no other one and in nothing that is signed. */
export type EnclosedMessage = Required<Pick<ScannedPart, 'start' | 'end' | 'around'>>

interface MultipartFrame {
  readonly kind: 'multipart'
  readonly fields: ContentFields
  readonly boundary: Uint8Array
  readonly headerSize: number
  readonly bodyStart: number
  readonly children: Entity[]
  readonly around: Around | undefined
  /** Until its close delimiter. */
  open: boolean
}

interface MessageFrame {
  readonly kind: 'message'
  readonly start: number
  readonly around?: undefined
  child: Entity | undefined
}

/** Where in an entity the scan is. */
type Mode =
  | { readonly kind: 'header'; readonly start: number; readonly defaultType: string }
  | {
      readonly kind: 'leaf'
      readonly start: number
      readonly fields: ContentFields
      readonly headerSize: number
    }
  /** In a preamble or an epilogue. */
  | { readonly kind: 'outside'; readonly start: number }
  /** Beyond a bound: nothing is looked at any more. */
  | { readonly kind: 'opaque' }

/** The body of a leaf in which the scan is. */
export interface OpenLeaf {
  /** How many leaves came before. */
  readonly index: number
  readonly start: number
  readonly fields: ContentFields
}

/** Where the scan may go on, within a line of the same body, without looking at what lies between. Undefined: with the next line. */
export type Leap = (leaf: OpenLeaf, position: number) => number | undefined

/** Finds the entities of a message in one pass (RFC 2045, 2046). Every byte stream is a message. */
export async function scanEntities(
  source: ByteSource,
  { createHash, limits = mimeLimits, signal }: SplitOptions,
  leap?: Leap,
): Promise<ScannedMessage> {
  const hash = createHash()
  const walk = new LineWalk(source, hash)
  const scan = new EntityScan(source, limits)
  do {
    signal?.throwIfAborted()
    while (!scan.opaque && walk.advance()) {
      const work = scan.line(walk)
      if (work) await work
    }
    if (scan.opaque) walk.drop()
    const to = scan.leaf && leap?.(scan.leaf, walk.position)
    if (to !== undefined) walk.leap(to)
  } while (await walk.fill())
  const tree = await scan.finish()
  return { digest: toHex(hash.digest()), parts: scan.parts, enclosed: scan.enclosed, tree }
}

class EntityScan {
  readonly parts: ScannedPart[] = []
  readonly enclosed: EnclosedMessage[] = []
  readonly #source: ByteSource
  readonly #limits: MimeLimits
  /** Open multiparts and messages, outermost first. Explicit, so that depth costs no call stack. */
  readonly #stack: (MultipartFrame | MessageFrame)[] = []
  #mode: Mode = { kind: 'header', start: 0, defaultType: 'text/plain' }
  #root: Entity | undefined
  /** End of the last part, and the structure before that. */
  #lastEnd = 0
  #structureBytes = 0

  constructor(source: ByteSource, limits: MimeLimits) {
    this.#source = source
    this.#limits = limits
  }

  get leaf(): OpenLeaf | undefined {
    return this.#mode.kind === 'leaf' ? { ...this.#mode, index: this.parts.length } : undefined
  }

  get opaque(): boolean {
    return this.#mode.kind === 'opaque'
  }

  /** Takes a line. What it gives back has to be waited for before the next one. */
  line({ start, bytes, eolBefore }: LineWalk): Promise<void> | undefined {
    if (this.#beyondBound(start)) return undefined
    if (bytes[0] === 45 && bytes[1] === 45) {
      const delimiter = this.#delimiter(bytes)
      if (delimiter) return this.#delimit(delimiter, start, start + bytes.length, eolBefore)
    }
    if (this.#mode.kind === 'header' && isBlankLine(bytes, 0)) return this.#beginBody(start + bytes.length)
    return undefined
  }

  /** The source has ended. */
  async finish(): Promise<Entity> {
    const { size } = this.#source
    if (!this.opaque && !this.#beyondBound(size)) {
      await this.#endEntity(size, size)
      this.#closeDownTo(0, size)
    }
    return this.#root ?? { kind: 'part', part: 0 }
  }

  /**
   * Structure is held in memory, so it must stay small. Whatever lies beyond a bound at `position` becomes
   * one last opaque part; a multipart whose first delimiter hasn't come by then becomes a leaf.
   */
  #beyondBound(position: number): boolean {
    const mode = this.#mode
    if (mode.kind === 'leaf') return false
    if (mode.kind === 'opaque') return true
    const ownBound = mode.kind === 'header' ? this.#limits.headerBytes : this.#limits.outsideBytes
    const room = this.#limits.structureBytes - this.#structureBytes
    const cut = Math.min(mode.start + ownBound, this.#lastEnd + room)
    if (position <= cut) return false
    const frame = this.#stack.at(-1)
    if (mode.kind === 'outside' && frame?.kind === 'multipart' && frame.children.length === 0) {
      this.#stack.pop()
      this.#mode = {
        kind: 'leaf',
        start: frame.bodyStart,
        fields: frame.fields,
        headerSize: frame.headerSize,
      }
      return false
    }
    this.#makeRestOpaque(cut, mode.kind === 'header' ? Math.max(0, cut - mode.start) : 0)
    return true
  }

  #makeRestOpaque(start: number, headerSize: number): void {
    const fields: ContentFields = { type: 'application/octet-stream', transferEncoding: 'identity' }
    this.#addPart({ fields, headerSize, start, end: this.#source.size })
    this.#closeDownTo(0, this.#source.size)
    this.#mode = { kind: 'opaque' }
  }

  /** The innermost open multipart that a line delimits: an outer one's delimiter ends all within (RFC 2046 5.1.2). */
  #delimiter(line: Uint8Array): { readonly index: number; readonly close: boolean } | undefined {
    const size = delimiterSize(line, this.#limits.boundaryLineBytes)
    for (let index = this.#stack.length - 1; size > 2 && index >= 0; index--) {
      const frame = this.#stack[index]
      if (frame?.kind !== 'multipart' || !frame.open) continue
      const end = 2 + frame.boundary.length
      if (size !== end && size !== end + 2) continue
      if (!holdsAt(line, 2, frame.boundary)) continue
      if (size === end) return { index, close: false }
      if (line[end] === 45 && line[end + 1] === 45) return { index, close: true }
    }
    return undefined
  }

  async #delimit(
    delimiter: { readonly index: number; readonly close: boolean },
    lineStart: number,
    lineEnd: number,
    eolBefore: number,
  ): Promise<void> {
    // The line end before a delimiter belongs to it (RFC 2046 5.1.1).
    const end = lineStart - eolBefore
    await this.#endEntity(lineStart, end)
    this.#closeDownTo(delimiter.index + 1, end)
    const frame = this.#stack[delimiter.index]
    if (frame?.kind !== 'multipart') return
    if (delimiter.close) {
      frame.open = false
      this.#mode = { kind: 'outside', start: lineEnd }
    } else if (this.parts.length >= this.#limits.parts - 1) this.#makeRestOpaque(lineEnd, 0)
    else {
      // RFC 2046 5.1.5
      const defaultType = frame.fields.type === 'multipart/digest' ? 'message/rfc822' : 'text/plain'
      this.#mode = { kind: 'header', start: lineEnd, defaultType }
    }
  }

  /** A header has ended with its blank line. */
  async #beginBody(start: number): Promise<void> {
    const mode = this.#mode
    if (this.#beyondBound(start) || mode.kind !== 'header') return
    const headerSize = start - mode.start
    const fields = await this.#readFields(mode.start, headerSize, mode.defaultType)
    const nests = this.#stack.length < this.#limits.depth - 1 && fields.transferEncoding === 'identity'
    if (nests && fields.type.startsWith('multipart/') && fields.boundary) {
      const boundary = stringBytes(fields.boundary)
      const around =
        fields.type === 'multipart/signed' ? undefined : this.#around && [...this.#around, boundary]
      const frame = { fields, boundary, around, headerSize, bodyStart: start, open: true }
      this.#stack.push({ kind: 'multipart', ...frame, children: [] })
      this.#mode = { kind: 'outside', start }
    } else if (nests && (fields.type === 'message/rfc822' || fields.type === 'message/global')) {
      this.#stack.push({ kind: 'message', start, child: undefined })
      this.#mode = { kind: 'header', start, defaultType: 'text/plain' }
    } else this.#mode = { kind: 'leaf', start, fields, headerSize }
  }

  /** Ends what is being read: a header at `headerEnd`, a body at `bodyEnd`. */
  async #endEntity(headerEnd: number, bodyEnd: number): Promise<void> {
    const mode = this.#mode
    if (mode.kind === 'header') {
      const headerSize = headerEnd - mode.start
      const fields = await this.#readFields(mode.start, headerSize, mode.defaultType)
      this.#addPart({ fields, headerSize, start: headerEnd, end: headerEnd })
    } else if (mode.kind === 'leaf') this.#addPart({ ...mode, end: Math.max(mode.start, bodyEnd) })
  }

  async #readFields(start: number, size: number, defaultType: string): Promise<ContentFields> {
    return parseContentFields(await readExactly(this.#source, start, size), defaultType, this.#limits)
  }

  /** Closes multiparts and messages until only `depth` are open. A multipart in which no part began is a leaf. */
  #closeDownTo(depth: number, end: number): void {
    while (this.#stack.length > depth) {
      const frame = this.#stack.pop()
      if (frame?.kind === 'multipart') {
        const { fields, headerSize, bodyStart, children } = frame
        if (children.length > 0) this.#attach({ kind: 'multipart', type: fields.type, children })
        else this.#addPart({ fields, headerSize, start: bodyStart, end: Math.max(bodyStart, end) })
      } else if (frame?.child) {
        this.#attach({ kind: 'message', child: frame.child })
        const around = this.#around
        if (around) this.enclosed.push({ start: frame.start, end: Math.max(frame.start, end), around })
      }
    }
  }

  /** Of what comes next. Siblings share it. */
  get #around(): Around | undefined {
    const frame = this.#stack.at(-1)
    return frame ? frame.around : []
  }

  #addPart({ fields, headerSize, start, end }: ScannedPart): void {
    const around = this.#around
    this.#attach({ kind: 'part', part: this.parts.length })
    this.parts.push({ fields, headerSize, start, end, ...(around && { around }) })
    this.#structureBytes += start - this.#lastEnd
    this.#lastEnd = end
  }

  #attach(entity: Entity): void {
    const frame = this.#stack.at(-1)
    if (!frame) this.#root = entity
    else if (frame.kind === 'multipart') frame.children.push(entity)
    else frame.child = entity
  }
}
