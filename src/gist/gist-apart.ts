import { runApart } from '../apart/run-apart.js'
import type { GistKind, MakeGist } from '../sync/make-gist.js'
import { noLibrary } from './no-library.js'

export interface GistOptions {
  /** What starts the process that runs `runGistProcess`, before its arguments. */
  readonly argv: readonly [string, ...string[]]
  /** The work that one gist may take, as `runApart` counts it, ms. */
  readonly timeoutMs: number
}

/** A text is at most this many times as long as its page. */
const mostTimes = 4
const leastBytes = 64 * 1024

/** V8's heap, in MB: a page of a megabyte takes a third of it. */
const mostHeap = 192

/** Makes each gist in a process of its own, which may crash, hang or grow: then there is none. A library that lacks is looked for once. */
export function gistApart({ argv, timeoutMs }: GistOptions): MakeGist {
  const lacking = new Set<GistKind>()
  return async (kind, bytes) => {
    if (lacking.has(kind)) return undefined
    const end = await runApart({
      argv: [...argv, kind],
      input: bytes,
      mostBytes: Math.max(leastBytes, mostTimes * bytes.length),
      timeoutMs,
      env: { NODE_OPTIONS: `--max-old-space-size=${mostHeap}`, MALLOC_ARENA_MAX: '2' },
    })
    if (end === 'not-started') return undefined
    const text = typeof end === 'string' ? '' : new TextDecoder().decode(end)
    if (text !== noLibrary) return text
    lacking.add(kind)
    return undefined
  }
}
