import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type IncomingHttpHeaders, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { DeviceRegistry } from '../../../src/link/server/device-registry.js'
import type { RunningServer } from '../../../src/link/server/server.js'

export interface Answered {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly bytes: Uint8Array
  readonly text: string
}

/** Asks as a browser does, but with any headers. */
export function ask(
  { address }: RunningServer,
  path: string,
  {
    method = 'GET',
    headers = {},
    body = '',
  }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const asked = request({ ...address, path, method, headers, agent: false }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('end', () => {
        const bytes = Buffer.concat(chunks)
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, bytes, text: bytes.toString() })
      })
      answer.on('error', reject)
    })
    asked.on('error', reject)
    asked.end(body)
  })
}

/** What a page of ours sends with each POST, behind a proxy that ends TLS. */
export const ours = {
  packetboat: '1',
  origin: 'https://mail.example.org',
  'sec-fetch-site': 'same-origin',
} as const

export const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })

/** `NAME=VALUE` of the cookie that an answer sets. */
export function cookieIn({ headers }: Answered): string {
  return headers['set-cookie']?.[0]?.split(';')[0] ?? ''
}

/** Pairs a browser, and gives its cookie. */
export async function pairBrowser(
  server: RunningServer,
  devices: DeviceRegistry,
  name = 'browser',
): Promise<string> {
  const { token } = await devices.addReader({ account: 'me', name })
  return cookieIn(await ask(server, '/v1/pair', { method: 'POST', headers: { ...ours, ...bearer(token) } }))
}

/** A folder with such files, until the test is over. */
export function folderOf(t: TestContext, files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'packetboat-reader-'))
  t.after(() => rmSync(folder, { recursive: true }))
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
  return folder
}
