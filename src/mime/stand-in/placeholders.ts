import { byteString } from '../encodings/charset.js'

/** Something in a mail that stands for what isn't here: the name of its message, as `packetboat fetch` takes it. */
export interface Placeholder {
  readonly name: string
}

/** How a stand-in shows, in whatever way a mail program carries it along. Each gives the message's name. */
const marks: readonly RegExp[] = [
  /^x-packetboat-partial: v=\d+; id=[0-9a-f]{20}([0-9a-f]{12});/im,
  /^(x-packetboat-missing): [\w.+-]+\/[\w.+-]+; size=\d/im,
  // Where its text stands in base64.
  /^(content-type):\s*application\/x-packetboat-missing\b/im,
]
const words = /^([>|:# \t]*)\[To get it: packetboat fetch ([0-9a-f]{12})(?:\/\d+)?\]/gm

/** In a page no mark stands before each line of what an answer quotes. */
const quotation = /<(\/?)blockquote\b/gi

/** The longest line that is looked at; those of a stand-in are far shorter. */
const lineBytes = 2000

/**
 * Looks for placeholders while a message streams past. An answer may quote the words of one; its recipient
 * has the message itself.
 */
export class PlaceholderScan {
  found: Placeholder | undefined
  /** There may be a message within it: in base64 that hides a placeholder. */
  encloses = false
  /** There may be what proves that one was written here. */
  proves = false
  #line = ''
  /** Quotations of a page that `#line` begins in. */
  #depth = 0
  readonly #mayQuote: boolean

  constructor({ isReply }: { readonly isReply: boolean }) {
    this.#mayQuote = isReply
  }

  update(chunk: Uint8Array): void {
    if (this.found) return
    const text = this.#line + byteString(chunk)
    this.found = this.#look(text)
    this.encloses ||= /message\/(?:rfc822|global)/i.test(text)
    this.proves ||= /tag=[0-9a-f]{32}/.test(text)
    this.#line = text.slice(text.lastIndexOf('\n') + 1).slice(0, lineBytes)
    if (this.#mayQuote) this.#depth = Math.max(0, this.#depth + deeperBy(text) - deeperBy(this.#line))
  }

  #look(text: string): Placeholder | undefined {
    if (!text.includes('acketboat')) return undefined
    let [depth, at] = [this.#depth, 0]
    for (const { 1: before = '', 2: name = '', index } of text.matchAll(words)) {
      if (!this.#mayQuote) return { name }
      depth += deeperBy(text.slice(at, index))
      at = index
      if (depth <= 0 && !before.includes('>')) return { name }
    }
    for (const mark of marks) {
      const [, name] = mark.exec(text) ?? []
      if (name !== undefined) return { name: /^[0-9a-f]{12}$/i.test(name) ? name.toLowerCase() : '' }
    }
    return undefined
  }
}

/** How much deeper in quotations this ends than it begins. */
function deeperBy(text: string): number {
  let by = 0
  for (const [, ends] of text.matchAll(quotation)) by += ends === '' ? 1 : -1
  return by
}
