import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { memorySource } from '../src/bytes/source.js'
import { ownProgram } from '../src/cli/apart/own-call.js'
import { gistApart } from '../src/gist/gist-apart.js'
import { decodeText, transferEncodingOf } from '../src/mime/part-text.js'
import { readPart, readStructure } from '../src/mime/read-part.js'
import type { Part } from '../src/mime/skeleton.js'
import { splitMessage } from '../src/mime/split.js'
import { fileKind } from '../src/mime/stand-in/file-kind.js'
import type { GistKind } from '../src/sync/make-gist.js'
import { corpusFiles } from '../test/mime/corpora.js'
import { sha256 } from '../test/world/side.js'

/**
 * Makes a gist of every page and file in the mail corpora, each in a process of its own as the endpoint does, and
 * prints what became of them and what they took: `npx tsx scripts/gists.ts [--keep FILE]`. With a file it goes on where it was.
 */

interface Made {
  readonly name: string
  readonly kind: GistKind
  readonly bytes: number
  readonly said: number
  /** How the process ended: 0, another status, or 128 and a signal. Nothing where it was not waited for. */
  readonly status?: number
  /** Processor time of the process, from its start. */
  readonly seconds?: number
}

/** The endpoint waits as long. */
const timeoutMs = 60_000

/** Ends as the program ends, and writes down how, and the processor time that it took. */
const watched = '"$@"; status=$?; { echo "$status"; times; } > "$0"; exit "$status"'

function ended(file: string): Pick<Made, 'status' | 'seconds'> {
  const [status, , , user, system] = readFileSync(file, 'utf8').split(/\s+/)
  const seconds = (text = ''): number => {
    const [minutes = 0, rest = 0] = text.replace('s', '').split('m').map(Number)
    return 60 * minutes + rest
  }
  return { status: Number(status), seconds: seconds(user) + seconds(system) }
}

const kindOf = (part: Part): GistKind | undefined => (part.type === 'text/html' ? 'page' : fileKind(part))

async function* parts(): AsyncGenerator<{ name: string; kind: GistKind; bytes: Uint8Array }> {
  for (const file of corpusFiles()) {
    const source = memorySource(file.bytes)
    const skeleton = await splitMessage(source, { createHash: sha256 })
    const structure = await readStructure(source, skeleton)
    for (const [at, part] of skeleton.parts.entries()) {
      const kind = kindOf(part)
      if (kind === undefined || part.size === 0) continue
      // The endpoint makes none of a part whose encoding can't be undone.
      if (transferEncodingOf(skeleton, structure, at)) continue
      const bytes = await readPart(source, skeleton, at, 0, part.size)
      const text = kind === 'page' ? decodeText(bytes, part.charset) : undefined
      yield {
        name: `${file.name}/${at}`,
        kind,
        bytes: text === undefined ? bytes : new TextEncoder().encode(text),
      }
    }
  }
}

async function makeAll(keep: string | undefined): Promise<Made[]> {
  const made: Made[] =
    keep !== undefined && existsSync(keep)
      ? readFileSync(keep, 'utf8')
          .split('\n')
          .filter((line) => line !== '')
          .map((line): Made => JSON.parse(line))
      : []
  const known = new Set(made.map(({ name }) => name))
  const folder = mkdtempSync(join(tmpdir(), 'packetboat-gists-'))
  try {
    const file = join(folder, 'ended')
    const program = ownProgram([process.execPath, resolve('bin/packetboat')], 'gist')
    const make = gistApart({ argv: ['sh', '-c', watched, file, ...program], timeoutMs })
    for await (const { name, kind, bytes } of parts()) {
      if (known.has(name)) continue
      rmSync(file, { force: true })
      const said = await make(kind, bytes)
      const one: Made = {
        name,
        kind,
        bytes: bytes.length,
        said: new TextEncoder().encode(said ?? '').length,
        ...(existsSync(file) && ended(file)),
      }
      made.push(one)
      if (keep !== undefined) appendFileSync(keep, `${JSON.stringify(one)}\n`)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
  return made
}

function line(title: string, made: readonly Made[]): string {
  const seconds = made.map((each) => each.seconds ?? timeoutMs / 1000).sort((a, b) => a - b)
  const at = (share: number): string => (seconds[Math.ceil(share * seconds.length) - 1] ?? 0).toFixed(2)
  const soon = seconds.filter((each) => each < 1).length
  return [
    title.padEnd(9),
    `${made.length} tried`,
    `${made.filter(({ said }) => said > 0).length} say something`,
    `${made.filter(({ status }) => status !== 0).length} processes failed`,
    `${((100 * soon) / made.length).toFixed(1)} % under 1 s`,
    `s: half ${at(0.5)}, 99 % ${at(0.99)}, most ${at(1)}`,
  ].join('  ')
}

const { values } = parseArgs({ options: { keep: { type: 'string' } } })
const made = await makeAll(values.keep)
for (const kind of [...new Set(made.map((each) => each.kind))].sort())
  console.log(
    line(
      kind,
      made.filter((each) => each.kind === kind),
    ),
  )
if (made.length > 0) console.log(line('all', made))
for (const each of made.filter(({ status }) => status !== 0))
  console.log(`${each.name}: ${each.kind} of ${each.bytes} bytes: ${each.status ?? 'not waited for'}`)
