import { run } from '../process.js'
import { type Dovecot, makeCertificate, startDovecot } from './dovecot.js'
import { clientMailOf, type Peer, type Place, type Station, serverMailOf } from './peer.js'

export const imapNeeds = { dovecot: 'dovecot-imapd', doveadm: 'dovecot-imapd', ip: 'iproute2' }

export interface ImapPlace extends Place {
  readonly server: Dovecot
  /** A second Dovecot on the client's loopback, for what syncs between two servers. */
  readonly client: Dovecot | undefined
}

export interface ImapSettings {
  readonly tls?: true
  /** The client's side is a Dovecot too. */
  readonly clientDovecot?: true
  /** Writes its configuration, and returns the command of one sync; asked again before every sync. */
  readonly configure: (place: ImapPlace) => () => readonly string[]
  /** Sees what a sync printed; returns the exit code that it stands for. */
  readonly ran?: (result: { code: number; output: string }) => number
}

/** A station whose server is a Dovecot with warm indexes, as one in use has them. */
export async function openImapStation(peer: Peer, place: Place, settings: ImapSettings): Promise<Station> {
  const { line, root } = place
  if (settings.tls) await makeCertificate(root, line.serverHost)
  const server = await startDovecot({
    line,
    side: 'server',
    home: `${root}/server`,
    host: line.serverHost,
    compress: true,
    ...(settings.tls && { tls: root }),
  })
  let client: Dovecot | undefined
  let peakBytes = 0
  // A process of the server's ends with its connection, and what it has taken is known no more.
  const look = (): void => {
    peakBytes = Math.max(peakBytes, server.cost().peakBytes)
  }
  try {
    if (settings.clientDovecot)
      client = await startDovecot({
        line,
        side: 'client',
        home: `${root}/client`,
        host: '127.0.0.1',
        compress: false,
      })
    const command = settings.configure({ ...place, server, client })
    return {
      peer,
      serverMail: serverMailOf(place),
      clientMail: clientMailOf(place),
      sync: async (options = {}) => {
        const watch = setInterval(look, 500)
        const result = await run(line.on('client', command()), {
          ...options,
          env: { HOME: `${root}/client` },
        }).finally(() => clearInterval(watch))
        return { ...result, code: settings.ran?.(result) ?? result.code }
      },
      serverCost: () => ({ cpuSeconds: server.cost().cpuSeconds, peakBytes }),
      changed: async (side) => (side === 'server' ? server : client)?.refresh(),
      close: async () => {
        await client?.stop()
        await server.stop()
      },
    }
  } catch (error) {
    await client?.stop()
    await server.stop()
    throw error
  }
}
