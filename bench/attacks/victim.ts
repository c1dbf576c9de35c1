import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type Pairing, parsePairing } from '../../src/link/pairing.js'
import { deliver, makeMailbox } from '../mail/maildir.js'
import { mustRun, startDaemon } from '../process.js'
import { longestTurns, notingTurns, type Turns } from './turns.js'

/** An endpoint on loopback, a whole process, with two accounts: one is attacked, the other only wants its mail. */
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
  const serve = [program, 'serve', '--json', '--data', data, '--listen', `127.0.0.1:${port}`]
  let indexed = 0
  let ready: () => void = () => undefined
  const whenReady = new Promise<void>((done) => (ready = done))
  const daemon = startDaemon(
    [...serve, '--account', `attacked=maildir:${maildir}`, '--account', `beside=maildir:${other}`],
    {
      env: notingTurns(turns),
      onLine: (text) => {
        if (text.includes('"indexed"') && ++indexed === 2) ready()
        if (text.includes('"error"')) ready()
      },
    },
  )
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
