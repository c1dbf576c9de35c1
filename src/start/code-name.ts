import { basename } from 'node:path'
import { crc32 } from 'node:zlib'
import type { Parts } from './parts.js'

/** Options of every command that have a value. */
const withValue: readonly string[] = ['-c', '--config', '--data']

/** Under which name the code of a run is kept, and what it is for. */
export interface CodeName {
  readonly name: string
  readonly key: string
}

/** Each command uses other functions of the same parts, so each has its own code; so has each program, wherever it lies, each Node, and each way to start it. */
export function codeName(parts: Parts, { argv, execArgv, env, version, arch }: NodeJS.Process): CodeName {
  // V8 tells of the file from which it made it, too.
  const key = [parts.digest, parts.file, version, arch, ...execArgv, env['NODE_OPTIONS']].join(' ')
  return { name: `${commandOf(argv)}-${crc32(key).toString(16).padStart(8, '0')}`, key }
}

function commandOf([, program = '', ...words]: readonly string[]): string {
  const calledAs = basename(program)
  const word = words.find((each, at) => !each.startsWith('-') && !withValue.includes(words[at - 1] ?? ''))
  const command = calledAs === 'packetboat' ? (word ?? 'help') : calledAs
  return /^[a-z-]{1,20}$/.test(command) ? command : 'other'
}
