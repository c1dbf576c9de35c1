import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { deflateRawSync } from 'node:zlib'

/**
 * `npm run bench`: the whole program as processes on loopback, TLS with device keys. Prints tables and writes them to
 * docs/BENCHMARKS.md. Mail is made here; `--corpus DIR` takes the files of a directory instead.
 */

const program = resolve(import.meta.dirname, '../bin/packetboat')
const root = mkdtempSync(join(tmpdir(), 'packetboat-bench-'))
const corpus = process.argv.includes('--corpus')
  ? process.argv[process.argv.indexOf('--corpus') + 1]
  : undefined
const rows: string[] = []
const lines: string[] = []

function row(what: string, figure: string, wanted = ''): void {
  console.log(`${what.padEnd(64)} ${figure.padEnd(34)} ${wanted}`)
  rows.push(`| ${what} | ${figure} | ${wanted} |`)
}

const kB = (bytes: number): string => `${(bytes / 1000).toFixed(bytes < 10_000 ? 2 : 0)} kB`

/** Text with the entropy of prose: words by Zipf's law from a made vocabulary. */
function makeMessages(count: number, meanBytes: number): Uint8Array[] {
  let state = 12345
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  const syllables = 'ka lo mi ter san do ve ri un pa fel tor ni gra se mo bi lan qui re'.split(' ')
  const vocabulary = Array.from({ length: 4000 }, () =>
    Array.from(
      { length: 1 + Math.floor(random() * 3) },
      () => syllables[Math.floor(random() * syllables.length)],
    ).join(''),
  )
  const word = (): string => vocabulary[Math.floor(vocabulary.length ** random()) - 1] ?? 'a'
  return Array.from({ length: count }, (_, i) => {
    const size = meanBytes * (0.3 + 1.4 * random())
    let body = ''
    while (body.length < size)
      body += `${Array.from({ length: 8 + Math.floor(random() * 6) }, word).join(' ')}.\n`
    const id = createHash('sha256').update(String(i)).digest('base64url').slice(0, 20)
    return Buffer.from(
      `Received: from mx${i % 7}.example.net (mx${i % 7}.example.net [192.0.2.${i % 250}])\n\tby mail.example.org with ESMTPS id ${id.slice(0, 10)};\n\tMon, 02 Nov 2026 10:${String(i % 60).padStart(2, '0')}:00 +0000\nFrom: ${word()} ${word()} <${word()}${i % 40}@example.net>\nTo: me@example.org\nSubject: ${word()} ${word()} ${word()}\nMessage-ID: <${id}@example.net>\nDate: Mon, 02 Nov 2026 10:${String(i % 60).padStart(2, '0')}:00 +0000\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n${body}`,
    )
  })
}

function corpusMessages(directory: string): Uint8Array[] {
  return readdirSync(directory)
    .filter((name) => !name.endsWith('.tsv') && !name.startsWith('.'))
    .sort()
    .map((name) => readFileSync(join(directory, name)))
}

function writeMaildir(path: string, messages: readonly Uint8Array[]): void {
  for (const name of ['cur', 'new', 'tmp']) mkdirSync(join(path, name), { recursive: true })
  messages.forEach((bytes, i) => {
    writeFileSync(join(path, 'cur', `${1_700_000_000 + i}.M${i}.bench:2,S`), bytes)
  })
}

interface Run {
  readonly up: number
  readonly down: number
  readonly seconds: number
  readonly exchanges: number
  readonly peakBytes: number
}

/** Runs a command under GNU-less accounting: the child reports its own peak memory through /proc. */
async function run(args: readonly string[]): Promise<Run> {
  const startedMs = performance.now()
  const child = spawn(program, [...args, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  let peakBytes = 0
  child.stdout.on('data', (data: Buffer) => {
    output += data.toString()
  })
  const watch = setInterval(() => {
    peakBytes = Math.max(peakBytes, peakOf(child.pid ?? 0))
  }, 50)
  const code = await new Promise<number | null>((done) => child.on('close', done))
  clearInterval(watch)
  if (code !== 0) throw new Error(`packetboat ${args.join(' ')} ended with ${code}: ${output.slice(-500)}`)
  const synced = output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { event: string; up: number; down: number; exchanges: number })
    .find(({ event }) => event === 'synced')
  return {
    up: 0,
    down: 0,
    exchanges: 0,
    ...synced,
    seconds: (performance.now() - startedMs) / 1000,
    peakBytes,
  }
}

function peakOf(pid: number): number {
  try {
    return 1024 * Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}

interface Endpoint {
  readonly address: string
  readonly indexSeconds: number
  peakBytes(): number
  cpuSeconds(): number
  stop(): Promise<void>
}

async function serve(data: string, maildir: string): Promise<Endpoint> {
  const startedMs = performance.now()
  const args = [
    'serve',
    '--json',
    '--data',
    data,
    '--listen',
    '127.0.0.1:0',
    '--account',
    `me=maildir:${maildir}`,
  ]
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let address = ''
  let indexSeconds = 0
  await new Promise<void>((ready) => {
    child.stdout.on('data', (text: Buffer) => {
      for (const line of text
        .toString()
        .split('\n')
        .filter((each) => each.startsWith('{'))) {
        const event = JSON.parse(line) as { event: string; address?: string }
        if (event.event === 'listening') address = event.address ?? ''
        if (event.event !== 'indexed') continue
        indexSeconds = (performance.now() - startedMs) / 1000
        ready()
      }
    })
  })
  const pid = child.pid ?? 0
  return {
    address,
    indexSeconds,
    peakBytes: () => peakOf(pid),
    cpuSeconds: () => {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
      return (Number(fields[11]) + Number(fields[12])) / 100
    },
    stop: () =>
      new Promise((done) => {
        child.on('close', () => done())
        child.kill('SIGTERM')
      }),
  }
}

function pair(endpointData: string, client: string): string[] {
  const pairing = execFileSync(process.execPath, [
    program,
    'device',
    'add',
    'me',
    client,
    '--data',
    endpointData,
  ])
    .toString()
    .trim()
  const data = join(root, client)
  execFileSync(process.execPath, [
    program,
    'init',
    pairing,
    '--data',
    data,
    '--maildir',
    join(root, `${client}-mail`),
  ])
  return ['--data', data]
}

async function small(): Promise<void> {
  const messages = corpus === undefined ? makeMessages(1000, 4000) : corpusMessages(corpus)
  const total = messages.reduce((sum, bytes) => sum + bytes.length, 0)
  const mail = join(root, 'small')
  writeMaildir(mail, messages)
  const endpoint = await serve(join(root, 'small-endpoint'), mail)
  const client = pair(join(root, 'small-endpoint'), 'small-client')
  const first = await run(['sync', ...client])
  const deflated = messages.reduce((sum, bytes) => sum + deflateRawSync(bytes, { level: 6 }).length, 0)
  row(
    `first sync, ${messages.length} messages, ${kB(total)}`,
    `${kB(first.down)} down, ${kB(first.up)} up`,
    `${kB(deflated)} deflated one by one`,
  )
  const nothing = await run(['sync', ...client])
  row('nothing changed: a new connection, TLS included', `${nothing.down} B down, ${nothing.up} B up`, '')
  const [one] = makeMessages(1, 1700)
  writeFileSync(join(mail, 'new', 'fresh.M1.bench'), one ?? '')
  const fresh = await run(['sync', ...client])
  row(
    `one new message of ${kB(one?.length ?? 0)}`,
    `${fresh.down} B down, ${fresh.up} B up, ${fresh.exchanges} exchange`,
    '1 exchange',
  )
  await endpoint.stop()
}

async function large(): Promise<void> {
  const messages = makeMessages(10_000, 4800)
  const total = messages.reduce((sum, bytes) => sum + bytes.length, 0)
  const mail = join(root, 'large')
  writeMaildir(mail, messages)
  const endpoint = await serve(join(root, 'large-endpoint'), mail)
  row(`index of 10,000 messages, ${kB(total)}`, `${endpoint.indexSeconds.toFixed(1)} s`, 'under 60 s')
  const client = pair(join(root, 'large-endpoint'), 'large-client')
  const before = endpoint.cpuSeconds()
  const first = await run(['sync', ...client])
  row('their first sync', `${first.seconds.toFixed(0)} s, ${kB(first.down)} down`, '')
  row('client, peak memory of it', `${(first.peakBytes / 1e6).toFixed(0)} MB`, 'under 250 MB')
  row(
    'endpoint, CPU and peak memory',
    `${(endpoint.cpuSeconds() - before).toFixed(0)} s, ${(endpoint.peakBytes() / 1e6).toFixed(0)} MB`,
    '',
  )
  const nothing = await run(['sync', ...client])
  row(
    'nothing changed, 10,000 messages',
    `${nothing.down} B down, ${nothing.up} B up, ${nothing.seconds.toFixed(1)} s`,
    'as with 1,000',
  )
  await endpoint.stop()
}

async function attachment(): Promise<void> {
  const mail = join(root, 'big')
  const bytes = new Uint8Array(200_000_000)
  for (let i = 0, state = 7; i < bytes.length; i += 4) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    bytes[i] = state >>> 24
    bytes[i + 1] = state >>> 16
    bytes[i + 2] = state >>> 8
    bytes[i + 3] = state >>> 13
  }
  const base64 = Buffer.from(bytes.buffer).toString('base64').replace(/.{76}/g, '$&\n')
  writeMaildir(mail, [
    Buffer.from(
      `From: a@example.org\nSubject: big\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nHere it is.\n--b\nContent-Type: video/mp4; name=v.mp4\nContent-Transfer-Encoding: base64\n\n${base64}\n--b--\n`,
    ),
  ])
  const size = statSync(join(mail, 'cur', readdirSync(join(mail, 'cur'))[0] ?? '')).size
  const endpoint = await serve(join(root, 'big-endpoint'), mail)
  const client = pair(join(root, 'big-endpoint'), 'big-client')
  await run(['sync', ...client])
  const fetched = await run(['fetch', '--all', ...client])
  row(
    `an attachment of 200 MB (${kB(size)} on disk)`,
    `${fetched.seconds.toFixed(0)} s, ${kB(fetched.down)} down`,
    '',
  )
  row(
    'client and endpoint, peak memory of it',
    `${(fetched.peakBytes / 1e6).toFixed(0)} MB, ${(endpoint.peakBytes() / 1e6).toFixed(0)} MB`,
    'not held in memory',
  )
  await endpoint.stop()
}

try {
  for (const part of [small, large, attachment]) await part()
  lines.push(
    '# Benchmarks',
    '',
    `Written by \`npm run bench\`${corpus === undefined ? '' : ' -- --corpus DIR'} on ${cpus().length} cores (${cpus()[0]?.model.trim()}), Node ${process.version}. Whole processes on`,
    'loopback, TLS 1.3 with device keys; bytes are TCP payload with TLS and HTTP, from connect to close.',
    '',
    '| work | measured | wanted, or for scale |',
    '|---|---|---|',
    ...rows,
    '',
  )
  writeFileSync(resolve(import.meta.dirname, '../docs/BENCHMARKS.md'), lines.join('\n'))
} finally {
  rmSync(root, { recursive: true, force: true })
}
