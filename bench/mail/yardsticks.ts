import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import type { Raw } from './message.js'

/** What a general compressor makes of all the mail in one piece: nobody who sends it message by message gets there. */
export interface Yardsticks {
  readonly raw: number
  readonly xz: number | undefined
  readonly zstd: number | undefined
}

const compressors = {
  xz: ['xz', '-9e', '-T1', '-c'],
  zstd: ['zstd', '-19', '--long=27', '-T1', '-q', '-c'],
} as const

export async function yardsticks(messages: readonly Raw[]): Promise<{
  readonly asItIs: Yardsticks
  /** base64 decoded, and each attachment only once. */
  readonly decoded: Yardsticks
}> {
  const seen = new Set<string>()
  return {
    asItIs: await measured(Buffer.from(messages.join(''), 'latin1')),
    decoded: await measured(Buffer.concat(messages.map((message) => decodedOnce(message, seen)))),
  }
}

async function measured(bytes: Buffer): Promise<Yardsticks> {
  const [xz, zstd] = await Promise.all([
    compressed(compressors.xz, bytes),
    compressed(compressors.zstd, bytes),
  ])
  return { raw: bytes.length, xz, zstd }
}

/** Undefined where the compressor isn't installed. */
function compressed(
  [program, ...args]: readonly [string, ...string[]],
  bytes: Buffer,
): Promise<number | undefined> {
  return new Promise((done) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'ignore'] })
    let size = 0
    child.stdout.on('data', (data: Buffer) => {
      size += data.length
    })
    child.once('error', () => done(undefined))
    child.stdin.on('error', () => undefined)
    child.once('close', (code) => done(code === 0 ? size : undefined))
    child.stdin.end(bytes)
  })
}

/** Runs of base64 lines; of what came before, its digest stands for it. */
function decodedOnce(message: Raw, seen: Set<string>): Buffer {
  const pieces: Buffer[] = []
  let last = 0
  for (const match of message.matchAll(/(?:^[A-Za-z0-9+/]{60,76}\n)+(?:^[A-Za-z0-9+/]+={0,2}\n)?/gm)) {
    pieces.push(Buffer.from(message.slice(last, match.index), 'latin1'))
    last = match.index + match[0].length
    const bytes = Buffer.from(match[0], 'base64')
    const digest = createHash('sha256').update(bytes).digest()
    pieces.push(seen.has(digest.toString('hex')) ? digest : bytes)
    seen.add(digest.toString('hex'))
  }
  pieces.push(Buffer.from(message.slice(last), 'latin1'))
  return Buffer.concat(pieces)
}
