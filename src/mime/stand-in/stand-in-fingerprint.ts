import type { CreateHash, IncrementalHash } from '../../bytes/hash.js'
import { toHex } from '../../bytes/hex.js'
import type { Guid } from '../../replica/model.js'

/**
 * Fields that mail programs and servers add, change and drop by themselves when they copy, move or deliver a
 * message. A person who edits a message changes others.
 */
const programFields =
  /^(?:status|x-status|x-keywords|x-uid|x-uidl|content-length|lines|xref|scf|x-tuid|x-imap|x-imapbase|x-account-key|x-sieve|x-original-to|envelope-to|delivery-date|delivered-to|return-path|received|received-spf|authentication-results|x-packetboat-partial|x-(?:mozilla|evolution|offlineimap|kmail|claws|sylpheed|gnus|spam|gm|gmail|dovecot)-.*|x-offlineimap)$/

const lf = 10
const cr = 13

type HeaderState = 'line start' | 'name' | 'keep' | 'drop'

/**
 * A fingerprint of a stand-in. It survives what programs do to a message (their own fields, an mbox `From `
 * line, LF for CRLF and back, line ends added or lost at the end) and changes with anything else.
 */
export class StandInFingerprint {
  readonly #hash: IncrementalHash
  readonly #out = new Uint8Array(16384)
  #size = 0
  #header: HeaderState | 'over' = 'line start'
  #name = ''
  /** Folds before the first field don't count: once the marker stands on top they are its own. */
  #keepsField = false
  #firstLine = true
  #afterCr = false
  /** Line ends that count only when something follows them. */
  #lineEnds = 0

  constructor(createHash: CreateHash, guid: Guid) {
    this.#hash = createHash()
    this.#hash.update(new TextEncoder().encode(`packetboat stand-in ${guid}\n`))
  }

  update(chunk: Uint8Array): void {
    for (const byte of chunk) {
      if (this.#afterCr && byte !== lf) this.#take(cr)
      this.#afterCr = byte === cr
      if (byte !== cr) this.#take(byte)
    }
  }

  /** 16 hex digits. */
  digest(): string {
    this.#flush()
    return toHex(this.#hash.digest()).slice(0, 16)
  }

  #take(byte: number): void {
    if (this.#header === 'over') this.#emit(byte)
    else if (this.#header === 'line start') this.#beginLine(byte)
    else if (this.#header === 'name') this.#takeName(byte)
    else {
      if (this.#header === 'keep') this.#emit(byte)
      if (byte === lf) this.#header = 'line start'
    }
  }

  #beginLine(byte: number): void {
    if (byte === lf) {
      this.#header = 'over'
      // A byte that no header and no trimmed end can imitate keeps header and body apart.
      this.#emit(0)
      return
    }
    if (byte === 32 || byte === 9) {
      this.#header = this.#keepsField ? 'keep' : 'drop'
      if (this.#keepsField) this.#emit(byte)
      return
    }
    this.#name = ''
    this.#header = 'name'
    this.#takeName(byte)
  }

  #takeName(byte: number): void {
    this.#name += String.fromCharCode(byte)
    if (byte !== 58 && byte !== lf && this.#name.length < 100) return
    const name = this.#name.slice(0, -1).trimEnd().toLowerCase()
    const separator = this.#firstLine && this.#name.startsWith('From ')
    this.#firstLine = false
    this.#keepsField = !separator && !(byte === 58 && programFields.test(name))
    if (this.#keepsField) for (let i = 0; i < this.#name.length; i++) this.#emit(this.#name.charCodeAt(i))
    this.#header = byte === lf ? 'line start' : this.#keepsField ? 'keep' : 'drop'
  }

  #emit(byte: number): void {
    if (byte === lf) {
      this.#lineEnds++
      return
    }
    for (; this.#lineEnds > 0; this.#lineEnds--) this.#push(lf)
    this.#push(byte)
  }

  #push(byte: number): void {
    this.#out[this.#size++] = byte
    if (this.#size === this.#out.length) this.#flush()
  }

  #flush(): void {
    this.#hash.update(this.#out.slice(0, this.#size))
    this.#size = 0
  }
}
