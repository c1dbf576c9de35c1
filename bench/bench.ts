import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Line } from './line/line.js'
import type { LineName } from './line/lines.js'
import type { Raw } from './mail/message.js'
import type { Peer, Place, Station } from './peers/peer.js'
import type { Results } from './report/results.js'

/** What every work gets. */
export interface Bench {
  readonly line: Line
  /** A temporary folder. */
  readonly root: string
  readonly corpus: readonly Raw[]
  /** Real mail as text, for `ham`. */
  readonly ham: readonly Raw[]
  /** Mail of these days, with pages and attachments, for `gists`. */
  readonly modern: readonly Raw[]
  /** The account of `first`, `null` and `delta`, laid out once. */
  readonly account: string
  /** The path of packetboat's program. */
  readonly program: string
  /** packetboat first. */
  readonly peers: readonly Peer[]
  /** Where deltas are also run in real time. */
  readonly realLines: readonly LineName[]
  /** Messages of the accounts of `window-beside`. */
  readonly sizes: readonly number[]
  readonly quick: boolean
  readonly results: Results
  wants(work: string): boolean
}

let places = 0

/** A new place with a copy of this account on the server's side. */
export function makePlace(bench: Bench, account: string): Place & { clear(): void } {
  places++
  const root = join(bench.root, `place-${places}`)
  mkdirSync(join(root, 'server'), { recursive: true })
  mkdirSync(join(root, 'client'))
  execFileSync('cp', ['-a', account, join(root, 'server', 'Maildir')])
  return { line: bench.line, root, clear: () => rmSync(root, { recursive: true, force: true }) }
}

/** Opens a station over a copy of the account, and clears all away afterwards. */
export async function withStation<S extends Station>(
  bench: Bench,
  account: string,
  open: (place: Place) => Promise<S>,
  use: (station: S) => Promise<void>,
): Promise<void> {
  const place = makePlace(bench, account)
  try {
    const station = await open(place)
    try {
      await use(station)
    } finally {
      await station.close()
    }
  } finally {
    place.clear()
  }
}
