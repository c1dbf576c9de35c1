import { byteString, stringBytes } from './charset.js'

/** What base64 says that nobody's encoder would write: what isn't of its alphabet counts for nothing, and whatever is padded is a run of its own. */
export function readBase64(encoded: Uint8Array): Uint8Array {
  const runs = byteString(encoded)
    .replace(/[^A-Za-z0-9+/=]/g, '')
    .split(/=+/)
  // A character that is alone in its group says nothing.
  return stringBytes(runs.map((run) => atob(run.length % 4 === 1 ? run.slice(0, -1) : run)).join(''))
}

/** What quoted-printable says of the same kind: what is no escape stands for itself. */
export function readQuotedPrintable(encoded: Uint8Array): Uint8Array {
  return stringBytes(
    byteString(encoded)
      .replace(/=[ \t]*\r?\n|=$/g, '')
      .replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
  )
}
