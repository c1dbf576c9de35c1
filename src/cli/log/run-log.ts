import { appendPrivateLine, type DataDir, readFileIfThere, writePrivateFile } from '../settings/data-dir.js'
import { decodeRunEntry, type RunEntry } from './run-entry.js'

/**
 * What the last runs did, message by message: `log.jsonl` in the data directory, one line for each run that
 * did something. It names people and subjects, so only its owner can read it. Writers hold the client's lock.
 */
export interface RunLog {
  /** Every readable entry, oldest first. */
  read(): RunEntry[]
  /** Throws READ_ONLY, DISK_FULL. */
  add(entry: RunEntry): void
}

/** Beyond this the older half goes: some hundred runs at least, and thousands as a rule. */
const mostBytes = 1024 * 1024

export function openRunLog(data: DataDir): RunLog {
  const path = data.path('log.jsonl')
  const lines = (): string[] => (readFileIfThere(path) ?? '').split('\n').filter((line) => line !== '')
  return {
    read: () => lines().flatMap((line) => decodeRunEntry(line) ?? []),
    add: (entry) => {
      const size = appendPrivateLine(path, JSON.stringify(entry))
      if (size > mostBytes) writePrivateFile(path, newestOf(lines(), mostBytes / 2))
    },
  }
}

function newestOf(lines: readonly string[], most: number): string {
  const kept: string[] = []
  let bytes = 0
  for (const line of lines.toReversed()) {
    bytes += Buffer.byteLength(line) + 1
    if (bytes > most && kept.length > 0) break
    kept.push(`${line}\n`)
  }
  return kept.reverse().join('')
}
