import type { MakeGist } from '../../src/sync/make-gist.js'
import { type Random, seededRandom } from '../world/random.js'

/** Mail of many shapes, small enough for thousands of runs; each has its serial number as its subject. Some of it has gists, where it is to. */
export function oddMail(random: Random, serial: number, hasGists = false): Uint8Array {
  const shape = random.below(5)
  const words = (count: number): string =>
    Array.from({ length: count }, () => random.below(1e6).toString(36)).join(' ')
  const head = `${coldFields(serial)}From: Ann <ann@example.org>\nTo: bob@example.org\nSubject: ${serial} ${words(2)}\nDate: Mon, 02 Nov 2026 10:00:00 +0000\n${longHeader(serial)}`
  const ending = hasGists ? (serial % 2 === 0 ? 'pdf' : 'png') : 'bin'
  const page = hasGists && serial % 2 === 0 ? 'Content-Type: text/html\n' : ''
  const base64 = (size: number): string =>
    (
      Buffer.from(random.bytes(size))
        .toString('base64')
        .match(/.{1,76}/g) ?? []
    ).join('\n')
  const attachment = (size: number): string =>
    `--b${serial}\nContent-Type: application/octet-stream; name="f${serial}.${ending}"\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; filename="f${serial}.${ending}"\n\n${base64(size)}\n`
  const mixed = (parts: string): string =>
    `${head}MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b${serial}"\n\npreamble\n--b${serial}\nContent-Type: text/plain\n\n${words(20)}\n${parts}--b${serial}--\n`
  const text =
    shape === 0
      ? `${head}${page}\n${words(10 + random.below(200))}\n`
      : shape === 1
        ? mixed(attachment(100 + random.below(500)))
        : shape === 2
          ? mixed(attachment(1500) + attachment(300 + random.below(3000)))
          : shape === 3
            ? `${head}Content-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\n${base64(1200)}\n`
            : `${head.replaceAll('\n', '\r\n')}\r\nno newline at end ${words(5)}`
  return new TextEncoder().encode(text)
}

/** Every third mail has fields that travel apart, some of them more than a thrifty policy lets through. */
function coldFields(serial: number): string {
  if (serial % 3 !== 0) return ''
  const bytes = seededRandom(serial).bytes(800 + (serial % 5) * 200)
  return `Received: from a by b; ${serial}\nDKIM-Signature: v=1;\n b=${Buffer.from(bytes).toString('base64')}\n`
}

/** And every eleventh a header of which the rest travels apart, some of them longer than a thrifty policy lets through. */
function longHeader(serial: number): string {
  if (serial % 11 !== 0) return ''
  const bytes = seededRandom(serial).bytes(3600 + (serial % 3) * 300)
  const folded =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,76}/g) ?? []
  return `X-Long: ${folded.join('\n ')}\n`
}

/** Of some there is nothing to say, and of some it can't be tried. */
export const makeGist: MakeGist = async (kind, { length }) =>
  length % 5 === 0
    ? undefined
    : length % 7 === 0
      ? ''
      : Buffer.from(`a ${kind} of ${length}`).toString('base64')
