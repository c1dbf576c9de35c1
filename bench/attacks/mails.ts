import { createRandom } from '../../fixtures/random.js'

/** Mails that take the most work for their bytes, of those that were tried; each 10 MB, but for the last, that takes the most of the line. */
export const hostileMails: readonly { readonly name: string; readonly make: () => string }[] = [
  {
    name: '10 MB of base64 in lines of two letters',
    make: () => `${head}Content-Transfer-Encoding: base64\n\n${'Q\n'.repeat(5_000_000)}`,
  },
  { name: '10 MB of empty lines', make: () => `${head}\n${'\n'.repeat(10_000_000)}` },
  { name: '10 MB of lines under 48 boundaries with one prefix', make: boundaries },
  {
    name: '10 MB of parts of no bytes',
    make: () => `${head}Content-Type: multipart/mixed; boundary="b"\n\n${'--b\n\n'.repeat(2_000_000)}`,
  },
  { name: 'a header and preambles of 830 kB', make: structure },
]

const head =
  'From: m@evil.example\nTo: u@example.org\nSubject: you pay\nMessage-ID: <q9@evil.example>\nDate: Mon, 24 Nov 2025 11:00:00 +0000\nMIME-Version: 1.0\n'

function boundaries(): string {
  let text = head
  for (let depth = 0; depth < 48; depth++) {
    const boundary = `${'x'.repeat(200)}${depth}`
    text += `Content-Type: multipart/mixed; boundary="${boundary}"\n\n--${boundary}\n`
  }
  const line = `--${'x'.repeat(200)}zzz\n`
  return `${text}\n${line.repeat(10_000_000 / line.length)}`
}

function structure(): string {
  const random = createRandom(60)
  const noise = (letters: number): string =>
    random.text(letters, 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ012345')
  let text = head
  for (let field = 0; field < 240; field++) text += `X-A${field}: ${noise(900)}\n`
  for (let depth = 0; depth < 10; depth++) {
    text += `Content-Type: multipart/mixed; boundary="b${depth}"\n\n`
    for (let line = 0; line < 68; line++) text += `${noise(900)}\n`
    text += `--b${depth}\n`
  }
  text += 'Content-Type: text/plain\n\nhi\n'
  for (let depth = 9; depth >= 0; depth--) text += `--b${depth}--\n`
  return text
}
