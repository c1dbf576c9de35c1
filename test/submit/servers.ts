import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import type { TakenMail } from '../../testing/submitter.js'

/** smtp-server, which accepts every address but `refused@...` and `later@...`. */
export interface TestServer {
  readonly port: number
  readonly taken: TakenMail[]
  /** How many connections are open now, and how many there have been. */
  readonly connections: { open: number; opened: number }
}

export interface TestServerOptions extends SMTPServerOptions {
  /** It has taken a message: answers when it is told to. */
  readonly onTaken?: (answer: () => void) => void
}

export async function startServer(
  t: TestContext,
  { onTaken = (answer) => answer(), ...options }: TestServerOptions = {},
): Promise<TestServer> {
  const taken: TakenMail[] = []
  const server = new SMTPServer({
    logger: false,
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    closeTimeout: 1,
    onRcptTo: ({ address }, _, done) => done(verdict(address)),
    onData: (stream, { envelope }, done) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const recipients = envelope.rcptTo.map(({ address }) => address)
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address
        taken.push({ from, recipients, bytes: Buffer.concat(chunks) })
        onTaken(() => done(null, options.lmtp ? recipients.map(() => 'taken') : 'taken'))
      })
    },
    ...options,
  })
  server.on('error', () => undefined)
  // Of the sockets: a peer that goes before it is greeted has an onClose without an onConnect.
  const connections = { open: 0, opened: 0 }
  server.server.on('connection', (socket: Socket) => {
    connections.open++
    connections.opened++
    socket.once('close', () => connections.open--)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => new Promise<void>((resolve) => server.close(resolve)))
  return { port: (server.server.address() as AddressInfo).port, taken, connections }
}

function verdict(address: string): Error | null {
  const code = address.startsWith('refused@') ? 550 : address.startsWith('later@') ? 450 : undefined
  return code === undefined ? null : Object.assign(new Error('not this one'), { responseCode: code })
}

/** A program that takes mail as sendmail does, into files. */
export interface TestProgram {
  readonly argv: readonly [string, ...string[]]
  taken(): TakenMail[]
}

export function makeSendmail(t: TestContext, more = ''): TestProgram {
  const folder = mkdtempSync(join(tmpdir(), 'packetboat-sendmail-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const program = join(folder, 'sendmail')
  const script = `#!/bin/sh
dir=${folder}
here=$(mktemp -d "$dir/mail-$(date +%s%N)-XXXXXX")
printf '%s\\0' "$@" >"$here/args"
${more}
cat >"$here/text"
for each; do case $each in refused@*) echo "no such user" >&2; exit 67;; later@*) exit 75;; esac; done
touch "$here/done"
`
  writeFileSync(program, script)
  chmodSync(program, 0o755)
  return {
    argv: [program, '-i'],
    taken: () =>
      readdirSync(folder)
        .sort()
        .filter((name) => existsSync(join(folder, name, 'done')))
        .map((name) => {
          const args = readFileSync(join(folder, name, 'args'), 'utf8')
            .split('\0')
            .slice(0, -1)
          const from = args[args.indexOf('-f') + 1] ?? ''
          const recipients = args.slice(args.indexOf('--') + 1)
          return {
            from: from === '<>' ? '' : from,
            recipients,
            bytes: readFileSync(join(folder, name, 'text')),
          }
        }),
  }
}
