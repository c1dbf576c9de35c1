import { spawn } from 'node:child_process'
import { once } from 'node:events'

/**
 * Shows a text through the program that `PAGER` names (less if it names none, nothing if it is empty), when
 * it is longer than the terminal is high. Without a pager that starts, prints it directly.
 */
export async function page(
  text: string,
  terminal: NodeJS.WriteStream,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const pager = (env['PAGER'] ?? 'less').trim()
  const short = text.split('\n').length <= terminal.rows
  if (short || pager === '' || pager === 'cat' || env['TERM'] === 'dumb' || !(await shown(text, pager, env)))
    terminal.write(text)
}

/** Whether the pager took it. less shows styles, and ends by itself what fits on a screen. */
async function shown(text: string, pager: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  const child = spawn(pager, {
    // What a person names may have options.
    shell: env['PAGER'] !== undefined,
    stdio: ['pipe', 'inherit', 'inherit'],
    env: { LESS: 'FRX', ...env },
  })
  // A reader who has seen enough quits before the end.
  child.stdin.on('error', () => undefined)
  child.stdin.end(text)
  try {
    const [code] = await once(child, 'close')
    // What a shell says of a program that isn't there (POSIX 2.8.2).
    return code !== 126 && code !== 127
  } catch {
    return false
  }
}
