import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { writeMaildir } from '../../../fixtures/write-maildir.js'
import { readerHints, readerLink } from '../../../src/cli/serving/reader-link.js'
import { callProgram } from '../../world/process/call.js'
import { callEndpoint } from '../../world/process/endpoint.js'
import { describeRun, eventsOf, type RunResult } from '../../world/process/program.js'

/** A home with an empty Maildir, and the folder of an endpoint without settings. */
function makeHome(t: TestContext): { readonly home: string; readonly data: string } {
  const home = mkdtempSync(join(tmpdir(), 'packetboat-reader-'))
  t.after(() => rmSync(home, { recursive: true, force: true }))
  const data = join(home, 'endpoint')
  for (const folder of [join(home, 'tmp'), data]) mkdirSync(folder, { mode: 0o700 })
  writeMaildir(join(home, 'mail'), [])
  return { home, data }
}

test('an endpoint serves the reader, and a link pairs a browser with it until it is revoked', async (t) => {
  const { home, data } = makeHome(t)
  const settings = (reader: boolean): void =>
    writeFileSync(
      join(data, 'endpoint.toml'),
      `listen = "127.0.0.1:0"\nplain = true\nreader = ${reader}\n\n[accounts]\nme = "maildir:${join(home, 'mail')}"\n`,
    )
  const run = async (args: readonly string[], code = 0): Promise<RunResult> => {
    const result = await callProgram([...args, '--data', data], { home })
    assert.equal(result.code, code, describeRun(args, result))
    return result
  }
  settings(true)
  const endpoint = await callEndpoint(['serve', '--data', data, '--json'], { home })
  t.after(() => endpoint.close())
  const link = (await run(['device', 'add', 'me', 'phone', '--reader'])).stdout.trim()
  const [page = '', token] = link.split('#pair=')
  assert.equal(page, `http://${endpoint.address}/reader/`)
  assert.match((await run(['device', 'list'])).stdout, /phone\t[0-9a-f]{16}\tlink not opened, valid until 2/)

  const html = await fetch(page)
  assert.match(html.headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/)
  const text = await html.text()
  const script = /src="(main-[0-9A-Z]{8}\.js)"/.exec(text)?.[1]
  const frame = /data-frame="(frame-[0-9A-Z]{8}\.html)"/.exec(text)?.[1]
  assert.match(await (await fetch(`${page}${frame}`)).text(), /img-src https: data: blob:/)
  assert.match((await fetch(`${page}${script}`)).headers.get('cache-control') ?? '', /immutable/)

  const ours = { packetboat: '1', origin: `http://${endpoint.address}`, 'sec-fetch-site': 'same-origin' }
  const post = (path: string, more: Record<string, string>) =>
    fetch(`http://${endpoint.address}${path}`, { method: 'POST', headers: { ...ours, ...more } })
  const paired = await post('/v1/pair', { authorization: `Bearer ${token}` })
  assert.equal(await paired.text(), 'me\n')
  const cookie = paired.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  assert.notEqual((await post('/v1/exchange', { cookie })).status, 401)
  assert.doesNotMatch((await run(['device', 'list'])).stdout, /link not opened/)
  await run(['device', 'revoke', 'phone'])
  assert.equal((await post('/v1/exchange', { cookie })).status, 401)

  const both = await run(['device', 'add', 'me', 'other', '--reader', '--tls'], 2)
  assert.match(both.stderr, /no use for --tls/)
  settings(false)
  const early = await run(['device', 'add', 'me', 'other', '--reader', '--json'])
  assert.equal(eventsOf(early.stdout).find(({ event }) => event === 'device')?.['name'], 'other')
  assert.match(early.stdout, /does not serve the reader yet/)
})

test('a link names the endpoint as browsers write it', () => {
  const at = (host: string, port: number, inClear = false) => readerLink({ host, port }, inClear, 'abc')
  assert.equal(at('mail.example.org', 443), 'https://mail.example.org/reader/#pair=abc')
  assert.equal(at('mail.example.org', 4190), 'https://mail.example.org:4190/reader/#pair=abc')
  assert.equal(at('2001:db8::1', 4190), 'https://[2001:db8::1]:4190/reader/#pair=abc')
  assert.equal(at('127.0.0.1', 4190, true), 'http://127.0.0.1:4190/reader/#pair=abc')
})

test('a terminal gets the link as a QR code that fits it', () => {
  const lines = readerHints(readerLink({ host: 'mail.example.org', port: 4190 }, false, 'a'.repeat(22)))
  const code = lines.filter((line) => /[▀▄█]/.test(line))
  assert.ok(code.length >= 15 && code.length <= 24, `${code.length} lines`)
  assert.ok(code.every((line) => line.length <= 80))
})

test('an endpoint that can serve no browser remembers nothing of the attempt', async (t) => {
  const { home, data } = makeHome(t)
  const settings = `[accounts]\nme = "maildir:${join(home, 'mail')}"\n`
  writeFileSync(join(data, 'endpoint.toml'), settings)
  for (const [options, words] of [
    [['--reader'], /Browsers need a certificate/],
    [['--plain', '--listen', '0.0.0.0:0'], /would cross the network in clear/],
  ] as const) {
    const { code, stderr } = await callProgram(['serve', ...options, '--data', data], { home })
    assert.equal(code, 3)
    assert.match(stderr, words)
    assert.equal(readFileSync(join(data, 'endpoint.toml'), 'utf8'), settings)
  }
})
