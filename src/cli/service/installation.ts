import { execFile, spawnSync } from 'node:child_process'
import { existsSync, lstatSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { PacketboatError } from '../../errors/packetboat-error.js'
import { makePrivateDir, writePrivateFile } from '../settings/data-dir.js'
import { configHome } from '../settings/user-folders.js'
import { cronLine, type Invocation, mark, type ServiceKind, unitNames, unitsOf } from './service-files.js'

/** What starts programs for a user by themselves: systemd, or cron. */
export interface Installation {
  /** Writes what starts it, in place of what an earlier call wrote, and starts it. Gives what was done, and files. Throws CONFIG for what isn't its own. */
  install(kind: ServiceKind, how: Invocation): Promise<{ readonly lines: string[]; readonly files: string[] }>
  /** Stops and takes away all that it has written; says what that was. */
  remove(): Promise<string[]>
  /** What there is of it. */
  show(): Promise<string[]>
}

/**
 * How the schedule is installed: with this user's systemd where it runs, else in the crontab. Throws CONFIG
 * where there is neither, unless an earlier installation is only to be shown or removed.
 */
export async function installationOf(
  env: NodeJS.ProcessEnv,
  { toInstall = false } = {},
): Promise<Installation> {
  if ((await tried(env, 'systemctl', ['--user', 'show-environment'])) !== undefined) return underSystemd(env)
  const { error } = spawnSync('crontab', ['-l'], { env, timeout: patienceMs })
  if (!error) return underCron(env)
  if (!toInstall) return underSystemd(env)
  throw new PacketboatError(
    'CONFIG',
    'Neither systemd for this user nor cron is here to run packetboat by itself.',
    'Have whatever starts programs on this machine run packetboat serve, packetboat run, or now and then packetboat sync.',
  )
}

const patienceMs = 30_000

/** What a command prints; undefined where it isn't there or fails. */
async function tried(
  env: NodeJS.ProcessEnv,
  program: string,
  words: readonly string[],
): Promise<string | undefined> {
  try {
    return (await promisify(execFile)(program, [...words], { env, timeout: patienceMs })).stdout
  } catch {
    return undefined
  }
}

function underSystemd(env: NodeJS.ProcessEnv): Installation {
  const folder = join(configHome(env), 'systemd', 'user')
  const pathOf = (name: string): string => join(folder, name)
  // A link that leads nowhere is somebody's, too.
  const isThere = (name: string): boolean => lstatSync(pathOf(name), { throwIfNoEntry: false }) !== undefined
  const isOurs = (name: string): boolean =>
    existsSync(pathOf(name)) && readFileSync(pathOf(name), 'utf8').startsWith(`# ${mark}`)
  const ours = (): string[] => unitNames.filter(isOurs)
  const systemctl = (...words: string[]): Promise<string | undefined> =>
    tried(env, 'systemctl', ['--user', ...words])
  const takeAway = async (names: readonly string[]): Promise<void> => {
    for (const name of names) {
      await systemctl('disable', '--now', name)
      rmSync(pathOf(name))
    }
    if (names.length > 0) await systemctl('daemon-reload')
  }
  return {
    install: async (kind, how) => {
      const units = unitsOf(kind, how)
      for (const [name] of units) if (isThere(name) && !isOurs(name)) throw foreign(pathOf(name))
      const names = units.map(([name]) => name)
      const others = kind === 'serve' ? [] : ours().filter((name) => name !== 'packetboat-serve.service')
      await takeAway(others.filter((name) => !names.includes(name)))
      makePrivateDir(folder, 'The folder', 'Check who may write there.')
      for (const [name, text] of units) writePrivateFile(pathOf(name), text, 0o644)
      await systemctl('daemon-reload')
      const [first = ''] = names
      const enabled = (await systemctl('enable', first)) !== undefined
      // A service that runs already must take up the new file.
      const started = enabled && (await systemctl('restart', first)) !== undefined
      return {
        files: names.map(pathOf),
        lines: [
          ...names.map((name) => `Written: ${pathOf(name)}`),
          started
            ? `${first} is started, and starts by itself when you log in.`
            : `${first} could not be started. To see why: systemctl --user status ${first}`,
          'To have it run while you are not logged in, too: loginctl enable-linger',
          'To undo it: packetboat service remove',
        ],
      }
    },
    remove: async () => {
      const names = ours()
      await takeAway(names)
      return names.map(pathOf)
    },
    show: async () => {
      const lines: string[] = []
      for (const name of ours()) {
        const state = (await systemctl('show', '--property=ActiveState', '--value', name))?.trim()
        lines.push(`${pathOf(name)}: ${state || 'unknown'}`)
      }
      return lines
    },
  }
}

const foreign = (path: string): PacketboatError =>
  new PacketboatError(
    'CONFIG',
    `${path} is there already, and packetboat didn't write it. Nothing was changed.`,
    'Move it away first, or go on with it.',
  )

function underCron(env: NodeJS.ProcessEnv): Installation {
  const read = async (): Promise<string[]> =>
    ((await tried(env, 'crontab', ['-l'])) ?? '')
      .split('\n')
      .filter((line, at, all) => line !== '' || at < all.length - 1)
  const write = (lines: readonly string[]): void => {
    const { status, stderr, error } = spawnSync('crontab', ['-'], {
      env,
      timeout: patienceMs,
      encoding: 'utf8',
      input: lines.map((line) => `${line}\n`).join(''),
    })
    if (status !== 0)
      throw new PacketboatError(
        'CONFIG',
        `The crontab can't be written: ${error?.message ?? stderr.trim()}.`,
        'Ask the person who runs this machine whether you may use cron.',
      )
  }
  const isOurs = (line: string): boolean => line.endsWith(`# ${mark}`)
  const serves = (line: string): boolean => / 'serve'/.test(line)
  return {
    install: async (kind, how) => {
      const line = cronLine(kind, how)
      const kept = (await read()).filter((each) => !isOurs(each) || serves(each) !== (kind === 'serve'))
      write([...kept, line])
      return {
        files: [],
        lines: [
          `Added to your crontab: ${line}`,
          kind === 'hourly'
            ? 'It syncs every hour.'
            : 'It starts when this machine does. Until then, start it yourself.',
          'To undo it: packetboat service remove',
        ],
      }
    },
    remove: async () => {
      const lines = await read()
      const gone = lines.filter(isOurs)
      if (gone.length > 0) write(lines.filter((line) => !isOurs(line)))
      return gone.map((line) => `crontab: ${line}`)
    },
    show: async () => (await read()).filter(isOurs).map((line) => `crontab: ${line}`),
  }
}
