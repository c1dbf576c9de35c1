import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'

export interface Child {
  readonly process: ChildProcess
  /** What it prints, line by line; ends with it. */
  readonly lines: AsyncIterable<string>
  /** Resolves when it is gone, however that came. */
  ended(): Promise<{ code: number | null; errors: string }>
}

/** Runs a TypeScript program that lies beside this file in a process of its own, which ends with the test at the latest. */
export function startChild(t: TestContext, program: string, args: readonly string[]): Child {
  const path = fileURLToPath(new URL(program, import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', path, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.after(() => child.kill('SIGKILL'))
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    errors += text
  })
  const closed = once(child, 'close')
  return {
    process: child,
    lines: createInterface({ input: child.stdout }),
    ended: async () => {
      const [code] = await closed
      return { code, errors }
    },
  }
}
