import { runApart } from '../apart/run-apart.js'
import type { MakeGist } from '../sync/make-gist.js'

export interface GistOptions {
  /** What starts the process that runs `runGistProcess`. */
  readonly argv: readonly [string, ...string[]]
  /** Longer than that nobody waits for one text, ms. */
  readonly timeoutMs: number
}

/** A page of this many bytes has no more text than that. */
const mostTimes = 4

/** Of V8, in MB: a page of a megabyte takes a third of it. */
const mostHeap = 192

/** Makes the text of each page in a process of its own, which may crash, hang or grow: then there is none. */
export function gistApart({ argv, timeoutMs }: GistOptions): MakeGist {
  return async (html) => {
    const input = new TextEncoder().encode(html)
    const end = await runApart({
      argv,
      input,
      mostBytes: mostTimes * input.length,
      timeoutMs,
      env: { NODE_OPTIONS: `--max-old-space-size=${mostHeap}` },
    })
    return typeof end === 'string' ? undefined : new TextDecoder().decode(end)
  }
}
