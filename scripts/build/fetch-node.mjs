import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** The oldest version that packetboat is for, and the newest of each line that is kept up or soon will be. */
export const nodeVersions = ['20.19.0', '22', '24', '26']

const cache = 'node_modules/.cache/packetboat-nodes'

/** Where this version of Node lies, from the npm registry if it wasn't there yet. Throws when there is none for this machine. */
export function fetchNode(version) {
  const name = `node-${process.platform}-${process.arch}`
  const folder = resolve(cache, version)
  const path = join(folder, 'node_modules', name, 'bin', 'node')
  if (existsSync(path)) return path
  mkdirSync(folder, { recursive: true })
  const options = ['--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund']
  const { status, stderr } = spawnSync(
    'npm',
    ['install', ...options, '--prefix', folder, `${name}@${version}`],
    { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'], timeout: 300_000 },
  )
  if (status !== 0 || !existsSync(path))
    throw new Error(`There is no ${name}@${version} to be had:\n${stderr}`)
  return path
}
