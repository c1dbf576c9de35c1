import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { Answer, Ask } from './runner.js'

/** No file takes longer to load. */
const loadMs = 10_000

/** CPU that a process has used; where the system doesn't say it, its age. */
function cpuMsOf({ pid }: ChildProcess): number {
  try {
    const [user = 0, system = 0] = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /, '')
      .split(' ')
      .slice(11, 13)
      .map(Number)
    return 10 * (user + system)
  } catch {
    return performance.now()
  }
}

/** One process that runs tests (`runner.ts`), started anew when it hangs or breaks. */
export class Trial {
  private child: ChildProcess | undefined
  private readonly runner: string

  constructor(runner: string) {
    this.runner = runner
  }

  /** None where the process broke, or has had its time and gave no answer: it loops, so that its own clock doesn't run. */
  async ask(ask: Ask): Promise<Answer | undefined> {
    const child = this.child?.connected ? this.child : this.start()
    child.send(ask)
    const startMs = cpuMsOf(child)
    const answer = await new Promise<Answer | undefined>((resolve) => {
      // It may have to load the file. Where others work on the machine only its CPU says how much it has done.
      const timer = setInterval(() => {
        if (cpuMsOf(child) - startMs > ask.limitMs + loadMs) end(undefined)
      }, 1000)
      const end = (told: Answer | undefined): void => {
        clearInterval(timer)
        resolve(told)
      }
      child.once('exit', () => end(undefined))
      child.once('message', (told: Answer) => end(told))
    })
    child.removeAllListeners()
    if (!answer || answer.late || answer.stray) this.stop()
    return answer
  }

  private start(): ChildProcess {
    const execArgv = ['--max-old-space-size=1000', '--enable-source-maps']
    this.child = fork(this.runner, { execArgv, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
    return this.child
  }

  stop(): void {
    this.child?.kill('SIGKILL')
    this.child = undefined
  }

  /** Lets it clean up after its tests. */
  async end(): Promise<void> {
    const { child } = this
    this.child = undefined
    if (!child) return
    const ended = once(child, 'exit')
    child.send('end')
    const timer = setTimeout(() => child.kill('SIGKILL'), 10_000)
    await ended
    clearTimeout(timer)
  }
}
