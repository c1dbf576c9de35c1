import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { Answer, Ask } from './runner.js'

/** One process that runs tests (`runner.ts`), started anew when it hangs or breaks. */
export class Trial {
  private child: ChildProcess | undefined
  private readonly runner: string

  constructor(runner: string) {
    this.runner = runner
  }

  /** None where the process broke, or no answer came in time: it loops, so that its own clock doesn't run. */
  async ask(ask: Ask): Promise<Answer | undefined> {
    const child = this.child ?? this.start()
    child.send(ask)
    const answer = await new Promise<Answer | undefined>((resolve) => {
      // It may have to load the file, and others may work on the machine.
      const timer = setTimeout(() => resolve(undefined), 5 * ask.limitMs + 30_000)
      child.once('exit', () => resolve(undefined))
      child.once('message', (told: Answer) => {
        clearTimeout(timer)
        resolve(told)
      })
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
