import { seededRandom } from './random.js'

/** What a letter may have besides its subject. Every field is a line, or a part, that is left out where it isn't given. */
export interface LetterFields {
  /** Default: an Ann. */
  readonly from?: string
  readonly to?: string
  readonly cc?: string
  /** The Message-ID, without the part that all letters share. */
  readonly id?: string
  /** The `id` of the letter that this one answers. */
  readonly answers?: string
  readonly date?: string
  /** By default a text that names the subject. */
  readonly text?: string
  readonly attachments?: readonly Attachment[]
}

export interface Attachment {
  /** Decoded. */
  readonly bytes: number
  /** The same seed and size give the same content. Default: 1. */
  readonly seed?: number
  readonly name?: string
  /** Default: image/png. */
  readonly type?: string
}

export const aDate = 'Mon, 02 Nov 2026 10:00:00 +0000'

/**
 * One letter, the same bytes for the same words: tests count them. Lines end in LF, as in a Maildir. Bytes that are odd on purpose are
 * written out in the test that needs them.
 */
export function letter(subject: string, fields: LetterFields = {}): Uint8Array {
  const { from = 'Ann <ann@example.org>', to, cc, id, answers, date, attachments = [] } = fields
  const { text = `The text of ${subject}.` } = fields
  const header = [
    ['From', from],
    ['To', to],
    ['Cc', cc],
    ['Subject', subject],
    ['Message-ID', id && `<${id}@example.org>`],
    ['In-Reply-To', answers && `<${answers}@example.org>`],
    ['Date', date],
  ].flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}\n`]))
  const body = attachments.length === 0 ? `\n${text}\n` : mixed(text, attachments)
  return new TextEncoder().encode(header.join('') + body)
}

function mixed(text: string, attachments: readonly Attachment[]): string {
  const parts = attachments.map(({ bytes, seed = 1, name, type = 'image/png' }) => {
    const named = name === undefined ? '' : `; name="${name}"`
    return `--b\nContent-Type: ${type}${named}\nContent-Transfer-Encoding: base64\n\n${base64Lines(seed, bytes)}\n`
  })
  return `MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\n${text}\n${parts.join('')}--b--\n`
}

/** So many random bytes as base64 of 76 characters a line: no codec makes them much smaller than they are. */
export function base64Lines(seed: number, bytes: number): string {
  const base64 = Buffer.from(seededRandom(seed).bytes(bytes)).toString('base64')
  return base64.match(/.{1,76}/g)?.join('\n') ?? ''
}
