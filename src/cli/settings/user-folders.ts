import { userInfo } from 'node:os'
import { isAbsolute, join } from 'node:path'

/**
 * Where a user's files are: as the environment says, else as the system does. The environment counts only
 * with an absolute path, as the XDG Base Directory Specification requires; otherwise anybody who can write
 * where the program is started could supply its settings.
 */

export function homeOf(env: NodeJS.ProcessEnv): string {
  return absolute(env['HOME']) ?? userInfo().homedir
}

/** Of settings. */
export function configHome(env: NodeJS.ProcessEnv): string {
  return absolute(env['XDG_CONFIG_HOME']) ?? join(homeOf(env), '.config')
}

/** Of what programs keep. */
export function dataHome(env: NodeJS.ProcessEnv): string {
  return absolute(env['XDG_DATA_HOME']) ?? join(homeOf(env), '.local', 'share')
}

function absolute(path: string | undefined): string | undefined {
  return path !== undefined && isAbsolute(path) ? path : undefined
}
