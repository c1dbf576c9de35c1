import { createRandom } from '../../fixtures/random.js'
import { defaultPolicy, type Policy } from '../../src/sync/policy/policy.js'
import { gistKind } from '../../src/sync/policy/rules.js'

interface HostileMail {
  readonly name: string
  readonly make: () => string
  /** What the device wants of it. */
  readonly policy?: Policy
  readonly bound?: string
}

/** What a slow link wants in the place of what doesn't come. */
const gists: Policy = {
  ...defaultPolicy,
  textBytes: 1000,
  smallBytes: 0,
  attachmentBytes: 0,
  rules: [{ mailboxes: [], from: [], limits: [{ what: gistKind, upToBytes: 1000 }] }],
}

/** Mails that take the most work for their bytes, of those that were tried; each 10 MB, but for the last, that takes the most of the line. */
export const hostileMails: readonly HostileMail[] = [
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
  {
    name: 'a page of 900 kB of open elements, of which a gist is made',
    make: () => `${head}Content-Type: text/html\n\n${'<b><i>a'.repeat(128_000)}\n`,
    policy: gists,
    bound: '5 s a gist, in a process of its own',
  },
  {
    name: '8 broken PDF files, of which gists are made',
    make: files,
    policy: gists,
    bound: '5 s a gist, a minute for all',
  },
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

/** Each names a table of objects that leads back to itself, and holds a page tree of as many levels as fit. */
function files(): string {
  const objects = (file: number): string =>
    Array.from(
      { length: 20_000 },
      (_, n) => `${n + 1} 0 obj\n<</Type/Pages/Kids[${n + 2} 0 R]/Count ${file}>>\nendobj\n`,
    ).join('')
  const file = (n: number): string =>
    `--b\nContent-Type: application/pdf; name="f${n}.pdf"\nContent-Disposition: attachment; filename="f${n}.pdf"\n\n%PDF-1.7\n${objects(n)}trailer\n<</Root 1 0 R/Prev 9>>\nstartxref\n9\n%%EOF\n`
  const parts = Array.from({ length: 8 }, (_, n) => file(n)).join('')
  return `${head}Content-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/plain\n\nSee these.\n${parts}--b--\n`
}
