import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { selfSigned, type TestCertificate } from '../../../link/world.js'
import { startServer } from '../../../submit/servers.js'
import type { MaildirPerson } from '../../../world/process/maildir-person.js'

/**
 * A mail server that wants STARTTLS and a login, takes mail of at most `mostBytes`, and has one mailbox, `me`, which is the Maildir of the
 * endpoint: what is sent there comes back. All other addresses are refused.
 */
export interface Outgoing {
  readonly port: number
  readonly user: string
  readonly password: string
}

export const me = 'ann@boat.example'
export const mostBytes = 200_000
export const login = { user: 'ann', password: 's3cret' } as const

/** With a certificate that only those trust who were told to: `file`. Undefined where there is no openssl. */
export function certificateFile(t: TestContext): (TestCertificate & { readonly file: string }) | undefined {
  const certificate = selfSigned()
  if (!certificate) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'packetboat-ca-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'cert.pem')
  writeFileSync(file, certificate.cert)
  return { ...certificate, file }
}

export interface OutgoingPlace {
  readonly certificate: TestCertificate
  /** The endpoint's Maildir. */
  readonly person: MaildirPerson
}

/** smtp-server from npm. */
export async function startNodeServer(
  t: TestContext,
  { certificate: { key, cert }, person }: OutgoingPlace,
): Promise<Outgoing> {
  const { port } = await startServer(t, {
    key,
    cert,
    disabledCommands: [],
    authOptional: false,
    size: mostBytes,
    onAuth: ({ username, password }, _, done) =>
      username === login.user && password === login.password
        ? done(null, { user: username })
        : done(new Error('no such login')),
    onRcptTo: ({ address }, _, done) =>
      done(address === me ? null : Object.assign(new Error('not this one'), { responseCode: 550 })),
    onData: (stream, _, done) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        if (stream.sizeExceeded) return done(Object.assign(new Error('too big'), { responseCode: 552 }))
        person.deliver(['INBOX'], Buffer.concat(chunks).toString('latin1').replaceAll('\r\n', '\n'))
        done(null, 'taken')
      })
    },
  })
  return { port, ...login }
}
