import { spawn } from 'node:child_process'
import type { ShrinkPicture } from '../sync/submission/pictures.js'
import { answerIn } from './answer.js'

export interface ShrinkOptions {
  /** What starts the process that runs `runPictureProcess`, before its arguments. */
  readonly argv: readonly [string, ...string[]]
  /** What the camera noted, the place among it, stays in the picture. */
  readonly details: boolean
  /** Longer than that nobody waits for one picture, ms. */
  readonly timeoutMs: number
}

/** Makes each picture smaller in a process of its own, which may crash, hang or grow: then the picture stays as it is. */
export function shrinkApart({ argv: [program, ...args], details, timeoutMs }: ShrinkOptions): ShrinkPicture {
  return (picture, mostPixels, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const words = [...args, String(mostPixels), details ? 'details' : 'none']
      // It needs nothing of this process's environment, in which there may be secrets.
      const child = spawn(program, words, {
        env: { MALLOC_ARENA_MAX: '2' },
        stdio: ['pipe', 'pipe', 'ignore'],
        // An interrupt from the terminal is for this process.
        detached: true,
      })
      const output: Buffer[] = []
      let size = 0
      const end = (settle: () => void): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', interrupt)
        child.kill('SIGKILL')
        child.stdout.destroy()
        settle()
      }
      const timer = setTimeout(() => end(() => resolve('too-slow')), timeoutMs)
      const interrupt = (): void => end(() => reject(signal?.reason))
      signal?.addEventListener('abort', interrupt, { once: true })
      child.stdout.on('data', (chunk: Buffer) => {
        output.push(chunk)
        size += chunk.length
        if (size > picture.length + 100) end(() => resolve('no-gain'))
      })
      // It needn't read all of a picture that it refuses.
      child.stdin.on('error', () => undefined)
      child.stdin.end(picture)
      child.once('error', () => end(() => resolve('no-library')))
      child.once('close', (status, killed) => {
        const said = status === 0 ? answerIn(Buffer.concat(output)) : undefined
        // Where memory runs out, the system kills.
        if (!said) return end(() => resolve(killed === 'SIGKILL' ? 'too-large' : 'broken'))
        const { answer, rest } = said
        end(() => resolve(answer === 'made' ? rest : answer))
      })
    })
}
