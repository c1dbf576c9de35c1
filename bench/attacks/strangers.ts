import { get } from 'node:https'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { exchangePath, markerHeader, markerVersion, pairPath } from '../../src/link/line/endpoint-http.js'
import { readerPath } from '../../src/link/server/reader-files.js'
import type { Act } from './act.js'
import { many, newGuid } from './frames.js'

/** What somebody does who only knows the address. */

type Dial = (port: number, n: number) => Promise<unknown>

/** One after the other. */
const inTurn =
  (count: number, dial: Dial, bytesEach: number): Act['prepare'] =>
  async ({ victim }) => ({
    bytes: count * bytesEach,
    run: async () => {
      for (let n = 0; n < count; n++) await dial(victim.port, n)
      return 'closed'
    },
  })

/** All at once, and held for a while. */
const held =
  (
    count: number,
    dial: (port: number, n: number) => Promise<() => void>,
    { bytesEach, ms }: { readonly bytesEach: number; readonly ms: number },
  ): Act['prepare'] =>
  async ({ victim }) => ({
    bytes: count * bytesEach,
    run: async () => {
      const close = await Promise.all(many(count, (n) => dial(victim.port, n)))
      await sleep(ms)
      for (const each of close) each()
      return 'closed'
    },
  })

const from = (n: number): string => `127.0.1.${1 + (n % 18)}`

function dial(port: number, n: number, says: string): Promise<() => void> {
  return new Promise((done) => {
    const socket = connect({ host: '127.0.0.1', port, localAddress: from(n) })
    socket.on('error', () => undefined)
    socket.once('close', () => done(() => undefined))
    socket.once('connect', () => {
      if (says !== '') socket.write(says)
      else done(() => socket.destroy())
    })
  })
}

/** Over TLS, as a browser; done once the endpoint has closed or, with `holds`, once it has said this: it reads nothing then. */
function browse(port: number, n: number, says: string, holds = false): Promise<() => void> {
  return new Promise((done) => {
    const line = connect({ host: '127.0.0.1', port, localAddress: from(n) })
    line.on('error', () => undefined)
    const socket = connectTls({ socket: line, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] })
    socket.on('error', () => undefined)
    socket.once('close', () => done(() => undefined))
    socket.once('secureConnect', () => {
      socket.write(says)
      if (holds) done(() => socket.destroy())
      else socket.resume()
    })
  })
}

/** The path of the largest of the reader's scripts, which name each other. */
async function largestScript(port: number): Promise<string> {
  const sizes = new Map<string, number>()
  const left = ['']
  for (let name = left.pop(); name !== undefined; name = left.pop()) {
    const text = await fileOf(port, name)
    sizes.set(name, text.length)
    for (const [other] of text.matchAll(/[a-z][a-z-]*-[0-9A-Z]{8}\.js/g))
      if (!sizes.has(other) && !left.includes(other)) left.push(other)
  }
  const [largest = ''] = [...sizes.keys()].sort((a, b) => (sizes.get(b) ?? 0) - (sizes.get(a) ?? 0))
  return `${readerPath}${largest}`
}

function fileOf(port: number, name: string): Promise<string> {
  const options = {
    host: '127.0.0.1',
    port,
    path: `${readerPath}${name}`,
    rejectUnauthorized: false,
    agent: false,
  }
  return new Promise((done, fail) => {
    get(options, async (answer) => done(Buffer.concat(await answer.toArray()).toString())).on('error', fail)
  })
}

const guess = (n: number): string =>
  [
    `POST ${pairPath} HTTP/1.1`,
    'Host: 127.0.0.1',
    'Origin: https://127.0.0.1',
    `${markerHeader}: ${markerVersion}`,
    `Authorization: Bearer ${newGuid().slice(0, 22)}${n % 10}`,
    'Content-Length: 0',
    'Connection: close',
    '',
    '',
  ].join('\r\n')

const ask = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`
const keptOpen = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`
const plain = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'
const climbing = ask(`${readerPath}${'../'.repeat(1000)}etc/passwd`)
/** As many of them as fit in a head. */
const cookies = [
  `POST ${exchangePath} HTTP/1.1`,
  'Host: 127.0.0.1',
  'Origin: https://127.0.0.1',
  `${markerHeader}: ${markerVersion}`,
  `Cookie: ${'__Host-packetboat=a; '.repeat(370)}`,
  'Content-Length: 0',
  'Connection: close',
  '',
  '',
].join('\r\n')
const unended = `GET ${readerPath} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: `

export const strangers: readonly Act[] = [
  {
    who: 'stranger',
    name: '1,000 connections that say what is no TLS',
    bound: '20 lines a minute',
    prepare: inTurn(1000, (port, n) => dial(port, n, plain), plain.length),
  },
  {
    who: 'stranger',
    name: '1,100 connections that say nothing',
    bound: '768 places, 64 a network',
    prepare: held(1100, (port, n) => dial(port, n, ''), { bytesEach: 0, ms: 3000 }),
  },
  {
    who: 'stranger',
    name: '500 guesses of a link for browsers',
    bound: '128 bits a link',
    prepare: inTurn(500, (port, n) => browse(port, n, guess(n)), guess(0).length),
  },
  {
    who: 'stranger',
    name: '500 requests for files of the reader outside of its folder',
    bound: 'only what it is made of',
    prepare: inTurn(500, (port, n) => browse(port, n, climbing), climbing.length),
  },
  {
    who: 'stranger',
    name: '500 requests with 370 cookies each',
    bound: '8 KiB of head',
    prepare: inTurn(500, (port, n) => browse(port, n, cookies), cookies.length),
  },
  {
    who: 'stranger',
    name: '500 browsers that ask for 400 kB of the reader 8 times each, and read nothing',
    bound: '768 places, 64 a network, 64 KiB of a file at once',
    prepare: async (field) => {
      const says = keptOpen(await largestScript(field.victim.port)).repeat(8)
      const hold = held(500, (port, n) => browse(port, n, says, true), { bytesEach: says.length, ms: 3000 })
      return hold(field)
    },
  },
  {
    who: 'stranger',
    name: '500 browsers that never end their request',
    bound: '768 places, 64 a network',
    prepare: held(500, (port, n) => browse(port, n, unended, true), {
      bytesEach: unended.length,
      ms: 3000,
    }),
  },
]
