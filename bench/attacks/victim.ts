import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type Pairing, parsePairing } from '../../src/link/pairing.js'
import { deliver, makeMailbox } from '../mail/maildir.js'
import { mustRun, startDaemon } from '../process.js'
import { longestTurns, notingTurns, type Turns } from './turns.js'

/** An endpoint on loopback, a whole process, with the reader and two accounts: one is attacked, and may send; the other only wants its mail. */
export interface Victim {
  readonly root: string
  /** The attacked account's Maildir. */
  readonly maildir: string
  readonly port: number
  readonly pid: number
  pair(
    account: 'attacked' | 'beside',
    device: string,
  ): Promise<{ readonly text: string; readonly pairing: Pairing }>
  cpuSeconds(): number
  /** Of its event loop, since then (ms since 1970). */
  longestTurns(sinceMs: number): Turns
  peakBytes(): number
  close(): Promise<void>
}

const messagesEach = 30

const openssl = 'openssl'

export async function openVictim(program: string, parent: string): Promise<Victim> {
  const root = mkdtempSync(join(parent, 'victim-'))
  const [data, maildir, other] = [join(root, 'endpoint'), join(root, 'attacked'), join(root, 'beside')]
  for (const tree of [maildir, other]) {
    mkdirSync(tree)
    makeMailbox(tree, 'INBOX')
    for (let number = 0; number < messagesEach; number++)
      deliver(tree, {
        mailbox: 'INBOX',
        message: letter(number),
        seconds: 1_700_000_000 + number,
        number,
        flags: 'S',
      })
  }
  const turns = join(root, 'turns')
  const port = await freePort()
  mkdirSync(data, { mode: 0o700 })
  writeFileSync(join(data, 'endpoint.toml'), settings(maildir, other))
  // Browsers need one; devices go on proving themselves by their keys.
  const [key, certificate] = [join(root, 'key.pem'), join(root, 'cert.pem')]
  const made = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
  execFileSync(openssl, ['req', ...made, '-subj', '/CN=localhost', '-keyout', key, '-out', certificate], {
    stdio: 'ignore',
  })
  const reader = ['--reader', '--certificate', certificate, '--key', key]
  const serve = [program, 'serve', ...reader, '--json', '--data', data, '--listen', `127.0.0.1:${port}`]
  let indexed = 0
  let ready: () => void = () => undefined
  const whenReady = new Promise<void>((done) => (ready = done))
  const daemon = startDaemon(serve, {
    env: notingTurns(turns),
    onLine: (text) => {
      if (text.includes('"indexed"') && ++indexed === 2) ready()
      if (text.includes('"error"')) ready()
    },
  })
  const giveUp = setTimeout(ready, 60_000)
  await whenReady
  clearTimeout(giveUp)
  return {
    root,
    maildir,
    port,
    pid: daemon.pid,
    pair: async (account, device) => {
      const add = [program, 'device', 'add', account, device, '--data', data]
      const text = (await mustRun([...add, '--address', `127.0.0.1:${port}`])).trim()
      return { text, pairing: parsePairing(text) }
    },
    cpuSeconds: daemon.cpuSeconds,
    longestTurns: (sinceMs) => longestTurns(turns, sinceMs),
    peakBytes: daemon.peakBytes,
    close: async () => {
      await daemon.stop()
      rmSync(root, { recursive: true, force: true })
    },
  }
}

const settings = (attacked: string, beside: string): string => `config_version = 1

[accounts.attacked]
mailstore = "maildir:${attacked}"

[accounts.attacked.submit]
via = "sendmail"
command = ["true"]
identities = ["u@example.org"]

[accounts.beside]
mailstore = "maildir:${beside}"
`

const letter = (number: number): string =>
  `From: a${number % 5}@example.org\nTo: u@example.org\nSubject: message ${number}\nMessage-ID: <${number}@attacks.example.org>\nDate: Mon, 24 Nov 2025 10:00:${10 + number} +0000\n\nThe text of message ${number}.\n`

function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => done(address !== null && typeof address !== 'string' ? address.port : 0))
    })
  })
}
