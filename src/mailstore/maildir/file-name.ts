import { toHex } from '../../bytes/hex.js'
import type { Guid } from '../../replica/model.js'

/**
 * What separates a name from its flags: `:2,`, or on a disk that doesn't take a colon `;2,` (mbsync, mutt) or
 * `!2,` (offlineimap).
 */
export type InfoMark = ':' | ';' | '!'

/** A Maildir file name taken apart: `base:2,flags`, and whatever other programs put behind the flags. */
export interface FileName {
  /** Names the message in its mailbox, whatever its flags. */
  readonly base: string
  /** The letters as they stand. */
  readonly letters: string
  /** What follows the letters, from a comma on; kept when the flags change. */
  readonly rest: string
}

/** A name in `new/` has no flags, and neither has one in `cur/` that lacks `:2,`. */
export function parseFileName(name: string, mark: InfoMark = ':'): FileName {
  const at = Math.max(...(mark === ':' ? [':'] : [';', '!']).map((each) => name.lastIndexOf(`${each}2,`)))
  if (at < 0) return { base: name, letters: '', rest: '' }
  const info = name.slice(at + 3)
  const comma = info.indexOf(',')
  const letters = comma < 0 ? info : info.slice(0, comma)
  return { base: name.slice(0, at), letters, rest: comma < 0 ? '' : info.slice(comma) }
}

/** Letters in ASCII order, as the Maildir convention wants them. */
export function printFileName({ base, letters, rest }: FileName, mark: InfoMark = ':'): string {
  return `${base}${mark}2,${[...new Set(letters)].sort().join('')}${rest}`
}

const ourForm = /^\d+\.([0-9a-f]{32})x[0-9a-f]{8}\.packetboat(?:,|$)/

/** A base name that was never used before and says which message it is. `S=` spares Dovecot a look into the file. */
export function makeBaseName(options: {
  readonly guid: Guid
  readonly seconds: number
  readonly sizeBytes?: number
  readonly randomBytes: (size: number) => Uint8Array
}): string {
  const { guid, seconds, sizeBytes } = options
  const size = sizeBytes === undefined ? '' : `,S=${sizeBytes}`
  return `${Math.max(0, Math.floor(seconds))}.${guid}x${toHex(options.randomBytes(4))}.packetboat${size}`
}

/** The GUID that we wrote a file with. */
export function guidInBaseName(base: string): Guid | undefined {
  return ourForm.exec(base)?.[1]
}
