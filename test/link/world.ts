import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { concat } from '../../src/bytes/concat.js'
import { publicKeyPin } from '../../src/link/client/certificate-pin.js'
import { type HttpLink, type HttpLinkOptions, openHttpLink } from '../../src/link/client/client.js'
import type { Pairing } from '../../src/link/pairing.js'
import { type DeviceRegistry, openDeviceRegistry } from '../../src/link/server/device-registry.js'
import { type RunningServer, type ServerOptions, startServer } from '../../src/link/server/server.js'
import { type SlowLine, type SlowLineOptions, startSlowLine } from '../../src/link/slow-line.js'
import { MemoryStore } from '../../src/store/memory-store.js'
import { openDatabase } from '../../src/store/open-database.js'
import type { Store } from '../../src/store/store.js'
import type { Responder } from '../../src/sync/link.js'

/** An endpoint on loopback with one device of the account `me`, and all that was opened for a test. */
export interface World {
  readonly devices: DeviceRegistry
  readonly server: RunningServer
  readonly log: string[]
  readonly pairing: Pairing
  link(options?: HttpLinkOptions & { readonly pairing?: Partial<Pairing> }): HttpLink
  /** A line before the endpoint; links opened afterwards go over it. */
  slowLine(options?: Partial<Omit<SlowLineOptions, 'target'>>): Promise<SlowLine>
  close(): Promise<void>
}

/** Answers with the request's bytes. */
export const echo: Responder = async function* (request) {
  yield* request
}

export function registryOver(store: Store = new MemoryStore()): DeviceRegistry {
  return openDeviceRegistry(openDatabase(store), {
    random: (length) => new Uint8Array(randomBytes(length)),
    nowMs: () => 1_700_000_000_000,
  })
}

export async function makeWorld(
  options: Partial<ServerOptions> & { via?: Pairing['via']; pin?: Uint8Array } = {},
): Promise<World> {
  const { via = 'psk', pin, ...serverOptions } = options
  const devices = options.devices ?? registryOver()
  const log: string[] = []
  const server = await startServer({
    listen: { host: '127.0.0.1', port: 0 },
    plain: via === 'http',
    devices,
    respond: echo,
    nowMs: () => 1_700_000_000_000,
    log: (level, line) => {
      if (level !== 'debug') log.push(line)
    },
    ...serverOptions,
  })
  const { device, secret } = await devices.addDevice({ account: 'me', name: 'laptop' })
  const address = { deviceId: device.id, secret, ...server.address }
  const pairing: Pairing =
    via === 'psk'
      ? { via, ...address }
      : via === 'tls'
        ? { via, ...address, prefix: '', ...(pin ? { pin } : {}) }
        : { via, ...address, prefix: '' }
  const links: HttpLink[] = []
  const lines: SlowLine[] = []
  return {
    devices,
    server,
    log,
    pairing,
    link({ pairing: changes, ...linkOptions } = {}) {
      const through = lines.at(-1)?.address ?? {}
      const link = openHttpLink({ ...pairing, ...through, ...changes } as Pairing, linkOptions)
      links.push(link)
      return link
    },
    async slowLine({ bitsPerSecond = Number.POSITIVE_INFINITY, delayMs = 0, ...options } = {}) {
      const line = await startSlowLine({ target: server.address, bitsPerSecond, delayMs, ...options })
      lines.push(line)
      return line
    },
    async close() {
      for (const link of links) await link.close()
      for (const line of lines) await line.close()
      await server.close()
    },
  }
}

/** A world that is closed when its test is over, however it ends. */
export async function worldOf(t: TestContext, options: Parameters<typeof makeWorld>[0] = {}): Promise<World> {
  const world = await makeWorld(options)
  t.after(() => world.close())
  return world
}

/** All bytes of an answer. */
export async function readAll(answer: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of answer) chunks.push(chunk)
  return concat(chunks)
}

/** What came before an answer broke off, and the error. */
export async function readUntilCut(
  answer: AsyncIterable<Uint8Array>,
): Promise<{ bytes: Uint8Array; error: unknown }> {
  const chunks: Uint8Array[] = []
  try {
    for await (const chunk of answer) chunks.push(chunk)
  } catch (error) {
    return { bytes: concat(chunks), error }
  }
  return { bytes: concat(chunks), error: undefined }
}

/** `count` bytes that don't repeat soon. */
export function someBytes(count: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(count)
  let state = seed
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    bytes[i] = state >>> 24
  }
  return bytes
}

/** A TCP server that answers nothing by itself. */
export async function tcpServer(
  onSocket: (socket: Socket) => void,
): Promise<{ host: string; port: number; close(): Promise<void> }> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    onSocket(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  return {
    host: '127.0.0.1',
    port,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}

export interface TestCertificate {
  readonly cert: string
  readonly key: string
  /** Of its public key. */
  readonly pin: Uint8Array
}

export const opensslCommand = 'openssl'

/** A self-signed certificate for localhost, with a key of its own unless one is given; undefined where there is no openssl command. */
export function selfSigned(ofKey?: string): TestCertificate | undefined {
  const dir = mkdtempSync(join(tmpdir(), 'packetboat-cert-'))
  try {
    const [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')]
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key]
    if (ofKey !== undefined) writeFileSync(key, ofKey)
    const keyed = ofKey === undefined ? curve : ['-key', key]
    execFileSync(opensslCommand, ['req', '-x509', ...keyed, '-days', '2', '-out', cert, ...subject], {
      stdio: 'ignore',
    })
    const pem = readFileSync(cert, 'utf8')
    return { cert: pem, key: readFileSync(key, 'utf8'), pin: publicKeyPin(pem) }
  } catch {
    return undefined
  } finally {
    rmSync(dir, { recursive: true })
  }
}
