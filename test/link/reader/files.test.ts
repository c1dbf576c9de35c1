import assert from 'node:assert/strict'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib'
import { hasCode } from '../../../src/errors/packetboat-error.js'
import { defaultServerTimeouts } from '../../../src/link/server/connection-watch.js'
import { FilePieces } from '../../../src/link/server/file-pieces.js'
import { readerFiles } from '../../../src/link/server/reader-files.js'
import { clockAhead, looksOften } from '../clock-ahead.js'
import { makeWorld, selfSigned, worldOf } from '../world.js'
import { ask, folderOf } from './browser.js'

const script = `console.log('${'ahoy '.repeat(100)}')`
const files = {
  'index.html': '<!doctype html><title>packetboat</title>',
  'core-ABCD2345.js': script,
  'core-ABCD2345.js.br': brotliCompressSync(script),
  'sw.js': 'self.addEventListener("fetch", () => undefined)',
  notes: 'nothing for others',
}

test('the page comes with a policy that lets nothing in or out, and is asked for anew', async (t) => {
  const { server } = await worldOf(t, { via: 'http', reader: folderOf(t, files) })
  for (const path of ['/reader/', '/reader/index.html', '/reader/?a=b']) {
    const { status, headers, text } = await ask(server, path)
    assert.equal(status, 200)
    assert.equal(text, files['index.html'])
    assert.equal(headers['content-type'], 'text/html; charset=utf-8')
    assert.equal(headers['cache-control'], 'no-cache')
    const policy = headers['content-security-policy'] ?? ''
    for (const rule of [
      "default-src 'none'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
      "require-trusted-types-for 'script'",
    ])
      assert.ok(policy.toString().split('; ').includes(rule), rule)
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.equal(headers['referrer-policy'], 'no-referrer')
  }
})

test('the frame for pictures from elsewhere may be in the page, and load nothing but them', async (t) => {
  const { server } = await worldOf(t, {
    via: 'http',
    reader: folderOf(t, { ...files, 'frame-ABCD2345.html': '<!doctype html>' }),
  })
  const { status, headers } = await ask(server, '/reader/frame-ABCD2345.html')
  assert.equal(status, 200)
  assert.deepEqual(headers['content-security-policy']?.toString().split('; '), [
    "default-src 'none'",
    'img-src https: data: blob:',
    "style-src 'unsafe-inline'",
    "frame-ancestors 'self'",
  ])
  assert.equal(headers['referrer-policy'], 'no-referrer')
})

test('a file whose name says what is in it is kept for ever, and comes compressed to whoever takes that', async (t) => {
  const { server } = await worldOf(t, { via: 'http', reader: folderOf(t, files) })
  const packed = await ask(server, '/reader/core-ABCD2345.js', {
    headers: { 'accept-encoding': 'gzip, deflate, br, zstd' },
  })
  assert.equal(packed.headers['content-encoding'], 'br')
  assert.equal(packed.headers['cache-control'], 'public, max-age=31536000, immutable')
  assert.equal(packed.headers['vary'], 'accept-encoding')
  assert.equal(brotliDecompressSync(packed.bytes).toString(), script)
  const plain = await ask(server, '/reader/core-ABCD2345.js', { headers: { 'accept-encoding': 'gzip' } })
  assert.equal(plain.headers['content-encoding'], undefined)
  assert.equal(plain.text, script)
  const worker = await ask(server, '/reader/sw.js')
  assert.equal(worker.headers['cache-control'], 'no-cache', 'its name stays, and what is in it does not')
})

test('what a browser has already is not sent again', async (t) => {
  const { server } = await worldOf(t, { via: 'http', reader: folderOf(t, files) })
  const first = await ask(server, '/reader/')
  const etag = first.headers.etag ?? ''
  const again = await ask(server, '/reader/', { headers: { 'if-none-match': etag } })
  assert.deepEqual([again.status, again.text], [304, ''])
  assert.equal((await ask(server, '/reader/', { headers: { 'if-none-match': '"other"' } })).status, 200)
  const head = await ask(server, '/reader/', { method: 'HEAD' })
  assert.deepEqual([head.status, head.text], [200, ''])
})

test('an endpoint that was updated while it runs serves the files that it began with', async (t) => {
  const folder = folderOf(t, files)
  const { server } = await worldOf(t, { via: 'http', reader: folder })
  for (const name of Object.keys(files)) rmSync(join(folder, name))
  writeFileSync(join(folder, 'index.html'), 'of another version')
  assert.equal((await ask(server, '/reader/')).text, files['index.html'])
  assert.equal((await ask(server, '/reader/core-ABCD2345.js')).text, script)
})

test('whoever asks for thousands of files and reads none of them loses the connection', async (t) => {
  const reader = folderOf(t, { ...files, 'large-ABCD2345.js': '/'.repeat(5_000_000) })
  const { server } = await worldOf(t, { via: 'http', reader })
  const socket = connect(server.address)
  t.after(() => socket.destroy())
  let heads = 0
  socket.on('data', (bytes) => {
    heads += bytes.toString('latin1').split('HTTP/1.1 200').length - 1
  })
  socket.on('error', () => undefined)
  socket.write('GET /reader/large-ABCD2345.js HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(2000))
  await new Promise((resolve) => socket.once('close', resolve))
  assert.ok(heads <= 8, `${heads} answers`)
})

test('of a file that nobody takes, little more than the line holds is written', async (t) => {
  const folder = folderOf(t, { ...files, 'large-ABCD2345.js': '/'.repeat(5_000_000) })
  const taken = new Writable({ highWaterMark: 16_384, write: () => undefined })
  const res = Object.assign(taken, { writeHead: () => undefined, removeHeader: () => undefined })
  const req = { url: '/reader/large-ABCD2345.js', method: 'GET', headers: {} }
  assert.ok(readerFiles(folder)(req as IncomingMessage, res as unknown as ServerResponse))
  for (let turn = 0; turn < 100; turn++) await setImmediate()
  assert.ok(taken.writableLength > 0 && taken.writableLength < 200_000, `${taken.writableLength}`)
  taken.destroy()
})

test('others have their turn while many ask for large files at once', async () => {
  const pieces = new FilePieces()
  let taken = 0
  const take = async (): Promise<void> => {
    for await (const _ of pieces.of(new Uint8Array(400_000))) taken++
  }
  const all = Promise.all(Array.from({ length: 100 }, take))
  let most = 0
  for (let before = 0; taken < 700; before = taken) {
    await setImmediate()
    most = Math.max(most, taken - before)
  }
  await all
  assert.ok(most <= 4, `${most} pieces between two turns`)
})

test('a path without its slash leads to the page, behind a prefix too', async (t) => {
  const { server } = await worldOf(t, { via: 'http', reader: folderOf(t, files) })
  const { status, headers } = await ask(server, '/reader')
  assert.deepEqual([status, headers.location], [308, './reader/'])
})

for (const path of [
  '/reader/../package.json',
  '/reader/%2e%2e/package.json',
  '/reader/..%2fpackage.json',
  '/reader//etc/passwd',
  '/reader/notes',
  '/reader/core-ABCD2345.js.br',
  '/reader/core-ABCD2345.js/',
  '/reader/missing.js',
])
  test(`there is nothing at ${path}`, async (t) => {
    const { server } = await worldOf(t, { via: 'http', reader: folderOf(t, files) })
    assert.equal((await ask(server, path)).status, 404)
  })

test('the reader is refused where its pages would cross a network in clear, or browsers could not connect', async (t) => {
  const reader = folderOf(t, files)
  const refused = (options: Parameters<typeof makeWorld>[0]) =>
    assert.rejects(makeWorld({ reader, ...options }), (error) => hasCode(error, 'CONFIG'))
  await refused({ via: 'http', listen: { host: '0.0.0.0', port: 0 }, allowPlainHttp: true })
  await refused({ via: 'psk' })
  await refused({ via: 'http', reader: `${reader}/none` })
  const certificate = selfSigned()
  if (!certificate) return
  await worldOf(t, { via: 'tls', reader, tls: { cert: certificate.cert, key: certificate.key } })
})

test('a file comes whole over a line on which it takes longer than a stranger has', async (t) => {
  // Longer than what kernels hold.
  const long = Buffer.alloc(20_000_000, 'a')
  const reader = folderOf(t, { ...files, 'long-ABCD2345.js': long })
  const world = await worldOf(t, { via: 'http', reader, timeouts: looksOften })
  const line = await world.slowLine()
  const pass = clockAhead(t)
  const stranger = connect(world.server.address)
  t.after(() => stranger.destroy())
  await once(stranger, 'connect')
  const held = line.holdAfter(100_000)
  const asked = ask({ ...world.server, address: line.address }, '/reader/long-ABCD2345.js')
  const release = await held
  pass(defaultServerTimeouts.authenticateMs)
  if (!stranger.closed) await once(stranger.resume(), 'close')
  release()
  assert.equal((await asked).bytes.length, long.length)
})
