import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { mustRun, run, startDaemon } from '../process.js'
import { clientMailOf, type Peer, type Place, type Station, serverMailOf } from './peer.js'

const port = 4190

/** `program` is the path of a `bin/packetboat` that is built. */
export function packetboat(program: string): Peer {
  const path = resolve(program)
  if (!existsSync(path)) throw new Error(`There is no program ${program}: PACKETBOAT or --program names it.`)
  return {
    name: 'packetboat',
    settings: 'TLS 1.3 with a device key, `attachments = "all"`, defaults otherwise',
    needs: {},
    twoWay: true,
    realTime: true,
    open: (place) => openPacketboat(packetboat(path), path, place, { attachments: 'all' }),
  }
}

/** The same on a line that is known to be slow: with its second codec, and with small frames where it sees a handshake take long. */
export function packetboatSlow(program: string): Peer {
  const path = resolve(program)
  const peer: Peer = {
    ...packetboat(path),
    name: 'packetboat-slow',
    settings: `${packetboat(path).settings}, \`--link iridium\` and \`codec = "mix"\`: it does as on a slow line, for which it would take the quick ones of this bench no more. First syncs are on \`far\`, 300 ms each way and no limit`,
    longLine: 'far',
    open: (place) =>
      openPacketboat(peer, path, place, {
        attachments: 'all',
        words: ['--link', 'iridium'],
        settings: 'codec = "mix"\n',
      }),
  }
  return peer
}

export const isPacketboat = ({ name }: Pick<Peer, 'name'>): boolean =>
  name === 'packetboat' || name === 'packetboat-slow'

/** What only packetboat can: attachments that wait. */
export function openWaiting(
  program: string,
  place: Place,
  attachments: string,
  until: 'listening' | 'indexed' = 'indexed',
): Promise<PacketboatStation> {
  const path = resolve(program)
  return openPacketboat(packetboat(path), path, place, { attachments, until })
}

/** With or without what says what long texts and pages say, in their place. */
export function openGists(
  program: string,
  place: Place,
  gist: 'always' | 'never',
): Promise<PacketboatStation> {
  const path = resolve(program)
  return openPacketboat(packetboat(path), path, place, {
    attachments: 'none',
    settings: `gist = "${gist}"\n`,
  })
}

/** With an endpoint that hands mail over to this program. */
export function openSending(
  program: string,
  place: Place,
  { attachments, ...sending }: Sending & { readonly attachments: string },
): Promise<PacketboatStation> {
  const path = resolve(program)
  return openPacketboat(packetboat(path), path, place, { attachments, sending })
}

interface Sending {
  readonly submitter: string
  /** Whether the endpoint files a copy. */
  readonly sent: 'auto' | 'never'
}

export interface PacketboatStation extends Station {
  /** From the start of `serve` until all mail was read, where that was waited for. */
  readonly indexSeconds: number
  /** The client's, in TOML; tables may be added at its end. */
  readonly settingsFile: string
  /** The client's data directory. */
  readonly data: string
  /** Any command of the client, on its side of the line. */
  command(words: readonly string[], onLine?: (line: string) => void): ReturnType<Station['sync']>
}

async function openPacketboat(
  peer: Peer,
  program: string,
  place: Place,
  {
    attachments,
    words = [],
    settings = '',
    sending,
    until = 'indexed',
  }: {
    readonly attachments: string
    readonly words?: readonly string[]
    /** Lines for the top of its settings. */
    readonly settings?: string
    /** By which the endpoint sends mail. */
    readonly sending?: Sending
    /** What its endpoint has done when the first device is paired. */
    readonly until?: 'listening' | 'indexed'
  },
): Promise<PacketboatStation> {
  const { line, root } = place
  const [endpoint, device] = [join(root, 'endpoint'), join(root, 'device')]
  const at = line.counts === 'ip' ? port : await freePort()
  const startedMs = performance.now()
  let indexed: () => void = () => undefined
  const whenIndexed = new Promise<void>((done) => {
    indexed = done
  })
  const serve = [program, 'serve', '--json', '--data', endpoint, '--listen', `${line.serverHost}:${at}`]
  const mailstore = `maildir:${serverMailOf(place)}`
  const account = sending === undefined ? ['--account', `me=${mailstore}`] : []
  if (sending !== undefined) {
    mkdirSync(endpoint)
    writeFileSync(
      join(endpoint, 'endpoint.toml'),
      `config_version = 1\n\n[accounts.me]\nmailstore = "${mailstore}"\n\n[accounts.me.submit]\nvia = "sendmail"\ncommand = ["${sending.submitter}"]\nsent = "${sending.sent}"\nidentities = ["u@example.org"]\n`,
    )
  }
  const daemon = startDaemon(line.on('server', [...serve, ...account]), {
    onLine: (text) => {
      if (text.includes(`"${until}"`) || text.includes('"error"')) indexed()
    },
  })
  const giveUp = setTimeout(indexed, 3_600_000)
  await whenIndexed
  clearTimeout(giveUp)
  const indexSeconds = (performance.now() - startedMs) / 1000
  try {
    const address = await line.dial(at)
    const add = [program, 'device', 'add', 'me', 'bench', '--data', endpoint, '--address', address]
    const pairing = (await mustRun(add)).trim()
    const maildir = clientMailOf(place)
    // It asks the endpoint whether the pairing is right, which can be reached from the client's side only.
    const init = [program, 'init', pairing, '--data', device, '--maildir', maildir]
    await mustRun(line.on('client', [...init, '--attachments', attachments]))
    const settingsFile = join(device, 'client.toml')
    writeFileSync(settingsFile, `${settings}${readFileSync(settingsFile, 'utf8')}`)
    const command: PacketboatStation['command'] = (words, onLine) =>
      run(line.on('client', [program, ...words, '--json', '--data', device]), { ...(onLine && { onLine }) })
    return {
      peer,
      indexSeconds,
      settingsFile,
      data: device,
      serverMail: serverMailOf(place),
      clientMail: maildir,
      command,
      sync: (options = {}) =>
        run(line.on('client', [program, 'sync', ...words, '--json', '--data', device]), options),
      changed: async () => undefined,
      serverCost: () => ({ cpuSeconds: daemon.cpuSeconds(), peakBytes: daemon.peakBytes() }),
      close: () => daemon.stop(),
    }
  } catch (error) {
    await daemon.stop()
    throw new Error(`packetboat could not be set up; its endpoint said: ${daemon.output()}`, { cause: error })
  }
}

export function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => done(address !== null && typeof address !== 'string' ? address.port : 0))
    })
  })
}
