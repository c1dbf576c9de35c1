import { runApart } from '../apart/run-apart.js'
import type { ShrinkPicture } from '../sync/submission/pictures.js'
import { answerIn } from './answer.js'

export interface ShrinkOptions {
  /** What starts the process that runs `runPictureProcess`, before its arguments. */
  readonly argv: readonly [string, ...string[]]
  /** What the camera noted, the place among it, stays in the picture. */
  readonly details: boolean
  /** The work that one picture may take, as `runApart` counts it, ms. */
  readonly timeoutMs: number
}

/** Makes each picture smaller in a process of its own, which may crash, hang or grow: then the picture stays as it is. */
export function shrinkApart({ argv, details, timeoutMs }: ShrinkOptions): ShrinkPicture {
  return async (picture, mostPixels, signal) => {
    const end = await runApart({
      argv: [...argv, String(mostPixels), details ? 'details' : 'none'],
      input: picture,
      mostBytes: picture.length + 100,
      timeoutMs,
      env: { MALLOC_ARENA_MAX: '2' },
      ...(signal && { signal }),
    })
    if (end === 'not-started') return 'no-library'
    if (end === 'too-slow') return end
    if (end === 'too-much') return 'no-gain'
    // The system kills a process that runs out of memory.
    if (end === 'killed') return 'too-large'
    const said = end === 'failed' ? undefined : answerIn(end)
    if (!said) return 'broken'
    return said.answer === 'made' ? said.rest : said.answer
  }
}
