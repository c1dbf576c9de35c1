import { rmSync } from 'node:fs'
import { appendPrivateLine, type DataDir, readFileIfThere, writePrivateFile } from '../settings/data-dir.js'
import { foldEntries } from './fold-entries.js'
import { decodeEntry, encodeEntry, type UsageEntry } from './usage-entry.js'

/**
 * The account of what the line has cost: `usage.jsonl` in the data directory, one line appended for each run.
 * It isn't part of the database, and so outlives one that is lost. Beside it, `usage-run.json` holds what the
 * present run has cost so far; if that run is killed, the next one enters it. Writers hold the client's lock.
 */
export interface UsageFile {
  /** Every readable entry, oldest first. */
  read(): UsageEntry[]
  /** What the run at work has come to so far. */
  mark(entry: UsageEntry): void
  /** The run has ended. Lines beyond the bound are folded. */
  end(entry: UsageEntry): void
}

/** Beyond this the older lines are folded: some 2,000 runs. */
const foldAboveBytes = 512 * 1024

/** Days for which runs, and then days, stand each by itself: the first row that makes the account half as big as it may be. */
const foldings = [
  { runs: 62, days: 400 },
  { runs: 31, days: 400 },
  { runs: 7, days: 200 },
  { runs: 1, days: 62 },
] as const

/** Opens the account. Throws READ_ONLY, DISK_FULL when it writes. */
export function openUsageFile(data: DataDir, now: () => number): UsageFile {
  const path = data.path('usage.jsonl')
  const markPath = data.path('usage-run.json')
  const read = (): UsageEntry[] =>
    (readFileIfThere(path) ?? '').split('\n').flatMap((line) => decodeEntry(line) ?? [])
  const takeMark = (): void => {
    const marked = decodeEntry(readFileIfThere(markPath) ?? '')
    // A run that was killed between the two steps of its end stands there already.
    if (marked && read().at(-1)?.at !== marked.at) appendPrivateLine(path, encodeEntry(marked))
    rmSync(markPath, { force: true })
  }
  return {
    read,
    mark: (entry) => {
      const marked = decodeEntry(readFileIfThere(markPath) ?? '')
      if (marked && marked.at !== entry.at) takeMark()
      writePrivateFile(markPath, encodeEntry(entry))
    },
    end: (entry) => {
      const size = appendPrivateLine(path, encodeEntry(entry))
      rmSync(markPath, { force: true })
      if (size <= foldAboveBytes) return
      writePrivateFile(path, foldedText(read(), now()))
    },
  }
}

function foldedText(entries: readonly UsageEntry[], nowMs: number): string {
  let text = ''
  for (const keep of foldings) {
    const lines = foldEntries(entries, keep, nowMs).map((entry) => `${encodeEntry(entry)}\n`)
    text = lines.join('')
    if (text.length <= foldAboveBytes / 2) break
  }
  return text
}
