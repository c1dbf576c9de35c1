import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'

const repository = fileURLToPath(new URL('../..', import.meta.url))

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

/** Somebody with a shell, a home and the command `packetboat`, and nothing else. */
export interface Newcomer {
  readonly home: string
  /** Types a line, and these lines when asked; what it printed, when it has ended with one of `codes`. */
  type(
    line: string,
    options?: { readonly stdin?: string; readonly codes?: readonly number[] },
  ): Promise<string>
  /** Leaves a line running until it has printed this. */
  leave(line: string, until: string): Promise<void>
  /** A program that is there for this person, as a shell script. */
  has(program: string, script: string): void
}

export function makeNewcomer(t: TestContext): Newcomer {
  const home = mkdtempSync(join(tmpdir(), 'packetboat-newcomer-'))
  t.after(() => rmSync(home, { recursive: true, force: true, maxRetries: 5 }))
  const bin = join(home, 'bin')
  for (const path of [bin, join(home, 'tmp')]) mkdirSync(path)
  const start = (line: string) => {
    // A group of its own: with the shell go all that it has started.
    const child = spawn('sh', ['-u', '-c', line], {
      cwd: home,
      detached: true,
      env: { HOME: home, TMPDIR: join(home, 'tmp'), PATH: `${bin}:${process.env['PATH']}` },
      stdio: 'pipe',
      timeout: 600_000,
    })
    t.after(() => killGroup(child))
    const said = { text: '', out: '' }
    child.stdin.on('error', () => undefined)
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said.text += text
      said.out += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said.text += text
    })
    return { child, said }
  }
  const has: Newcomer['has'] = (program, script) => {
    writeFileSync(join(bin, program), `#!/bin/sh\n${script}\n`)
    chmodSync(join(bin, program), 0o755)
  }
  has('packetboat', `exec '${process.execPath}' '${repository}/bin/packetboat' "$@"`)
  return {
    home,
    has,
    type: async (line, { stdin = '', codes = [0] } = {}) => {
      const { child, said } = start(line)
      child.stdin.end(stdin)
      const [code] = (await once(child, 'close')) as [number | null]
      assert.ok(code !== null && codes.includes(code), `${line}\nended with ${code}\n${said.text}`)
      return said.out
    },
    leave: async (line, until) => {
      const { child, said } = start(line)
      while (!said.text.includes(until)) {
        const more = await Promise.race([once(child.stderr, 'data'), once(child, 'close').then(() => 'end')])
        assert.notEqual(more, 'end', `${line}\nended:\n${said.text}`)
      }
    },
  }
}
