import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { World } from './world.js'

export const binary = fileURLToPath(new URL('../../../bin/packetboat', import.meta.url))

/** Skips a test that needs a terminal, with the reason, on machines that have none. */
export const needsTmux = {
  skip: spawnSync('tmux', ['-V']).status === 0 ? false : 'there is no tmux to run a terminal with',
}

/** A terminal as a person has it, in which one command of the program runs. */
export interface Terminal {
  /** What stands on the screen, line by line, without blank lines at its end. */
  screen(): string[]
  /** The same with the escape sequences of its colours. */
  colours(): string
  /** Waits until the screen shows this; fails with the screen when it has not within `minutes`, five if it isn't said. */
  shows(what: RegExp | ((screen: string) => boolean), minutes?: number): Promise<string[]>
  press(...keys: string[]): void
  resize(columns: number): void
}

/** Runs `packetboat ARGS --data DIR` in a terminal; when it has ended the screen says `exit CODE`. */
export function openTerminal(
  t: { after(run: () => void): void },
  world: World,
  args: readonly string[],
  options: { readonly columns: number; readonly env?: Readonly<Record<string, string>> },
): Terminal {
  const { columns, env } = options
  return openScreen(t, [process.execPath, binary, ...args, '--data', world.data], {
    socket: join(world.root, `tmux-${args[0]}-${columns}`),
    columns,
    env: { HOME: join(world.root, 'home'), ...env },
  })
}

/** Any command in a terminal. */
export function openScreen(
  t: { after(run: () => void): void },
  words: readonly string[],
  options: {
    /** A name that no other terminal has. */
    readonly socket: string
    readonly columns: number
    readonly env: Readonly<Record<string, string>>
  },
): Terminal {
  const tmux = (...words: string[]): string =>
    execFileSync('tmux', ['-S', options.socket, '-f', '/dev/null', ...words], { encoding: 'utf8' })
  const command = [
    ...Object.entries({ LC_ALL: 'C.UTF-8', ...options.env }).map(
      ([name, value]) => `export ${name}=${quoted(value)}`,
    ),
    words.map(quoted).join(' '),
    'echo "exit $?"',
    'cat',
  ].join('\n')
  tmux('-u', 'new-session', '-d', '-x', String(options.columns), '-y', '20', command)
  // By its number: the socket may be gone by then, with the world.
  const server = Number(tmux('display-message', '-p', '#{pid}'))
  t.after(() => {
    process.kill(server)
  })
  const lines = (text: string): string[] => text.trimEnd().split('\n')
  const screen = (): string[] => lines(tmux('capture-pane', '-p'))
  return {
    screen,
    colours: () => tmux('capture-pane', '-p', '-e'),
    shows: async (what, minutes = 5) => {
      for (let tries = 0; tries < 1200 * minutes; tries++) {
        const shown = screen()
        const text = shown.join('\n')
        if (what instanceof RegExp ? what.test(text) : what(text)) return shown
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      throw new Error(`the screen never showed ${what}:\n${screen().join('\n')}`)
    },
    press: (...keys) => void tmux('send-keys', ...keys),
    resize: (columns) => void tmux('resize-window', '-x', String(columns)),
  }
}

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`
