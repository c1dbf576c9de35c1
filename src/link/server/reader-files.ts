import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join } from 'node:path'
import { pipeline, Readable } from 'node:stream'
import { PacketboatError } from '../../errors/packetboat-error.js'
import { FilePieces } from './file-pieces.js'

/** The path of the reader's page, after a proxy's prefix. */
export const readerPath = '/reader/'

/** Answers what asks for a file of the reader; false: it asked for something else. */
export type ServeReaderFile = (req: IncomingMessage, res: ServerResponse) => boolean

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
}

/** The page loads nothing from elsewhere, sends nothing there, is framed by nobody, and turns no text into a script. */
const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "worker-src 'self'",
  "frame-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types packetboat dompurify 'allow-duplicates'",
].join('; ')

/** The page's frame has a policy in itself, since it is kept with that; only this has to be said from outside. */
const framePolicy =
  "default-src 'none'; img-src https: data: blob:; style-src 'unsafe-inline'; frame-ancestors 'self'"
const frame = /^frame\b.*\.html$/

/** What a worker may do, which has no page's policy. */
const workerPolicy = "default-src 'none'; script-src 'self'; connect-src 'self'"

/** The name says what is in it: such a file never changes. */
const hashed = /-[0-9A-Z]{8}\.[a-z]+$/

interface ReaderFile {
  readonly bytes: Uint8Array
  readonly etag: string
}

/**
 * Serves the files that `scripts/build-reader.mjs` has made, each with its compressed form beside it (`.br`).
 * They are read once: a path that isn't among them doesn't exist, whatever it says; an update beside a
 * running endpoint can't mix old and new files; and each file is in memory once, however many ask for it.
 * Throws CONFIG when there are none.
 */
export function readerFiles(folder: string): ServeReaderFile {
  const files = filesIn(folder)
  const pieces = new FilePieces()
  return (req, res) => {
    const [path = ''] = (req.url ?? '').split('?')
    if (req.method !== 'GET' && req.method !== 'HEAD') return false
    if (`${path}/` === readerPath) {
      // Relative: a proxy may have taken off a prefix.
      answer(res, 308, { location: `.${readerPath}` })
      return true
    }
    if (!path.startsWith(readerPath)) return false
    const name = path.slice(readerPath.length) || 'index.html'
    const [plain, type] = [files.get(name), types[extname(name)]]
    if (!plain || type === undefined) return false
    const packed = takesBrotli(req) ? files.get(`${name}.br`) : undefined
    const { bytes, etag } = packed ?? plain
    const head = { ...headOf(name, type), etag, ...(packed && { 'content-encoding': 'br' }) }
    if (req.headers['if-none-match'] === etag) answer(res, 304, head)
    else
      answer(
        res,
        200,
        { ...head, 'content-length': bytes.length },
        req.method === 'GET' ? { bytes, pieces } : undefined,
      )
    return true
  }
}

function headOf(name: string, type: string): Record<string, string> {
  return {
    'content-type': type,
    'cache-control': hashed.test(name) ? 'public, max-age=31536000, immutable' : 'no-cache',
    vary: 'accept-encoding',
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    ...(type.startsWith('text/html') && {
      'content-security-policy': frame.test(name) ? framePolicy : pagePolicy,
      'cross-origin-opener-policy': 'same-origin',
    }),
    ...(type.startsWith('text/javascript') && { 'content-security-policy': workerPolicy }),
  }
}

function answer(
  res: ServerResponse,
  status: number,
  head: Record<string, string | number>,
  body?: { readonly bytes: Uint8Array; readonly pieces: FilePieces },
): void {
  res.removeHeader('connection')
  res.writeHead(status, head)
  if (!body) res.end()
  // A line that breaks off needs no answer.
  else pipeline(Readable.from(body.pieces.of(body.bytes)), res, () => undefined)
}

function filesIn(folder: string): ReadonlyMap<string, ReaderFile> {
  try {
    return new Map(readdirSync(folder).map((name) => [name, readFile(join(folder, name))]))
  } catch (cause) {
    throw new PacketboatError(
      'CONFIG',
      `The files of the reader are not in ${folder}.`,
      'Install packetboat again: they are part of it. Or serve without --reader.',
      { cause },
    )
  }
}

function readFile(path: string): ReaderFile {
  const bytes = readFileSync(path)
  return { bytes, etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 12)}"` }
}

function takesBrotli(req: IncomingMessage): boolean {
  return /(?:^|[,\s])br(?:$|[,\s;])/.test(req.headers['accept-encoding']?.toString() ?? '')
}
