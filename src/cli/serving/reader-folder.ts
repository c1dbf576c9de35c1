import { realpathSync } from 'node:fs'
import { join } from 'node:path'

/** The folder with the reader's files: beside the program that `self` starts. */
export function readerFolder(self: readonly [string, ...string[]]): string {
  return join(realpathSync(self[1] ?? '.'), '../../dist/reader')
}
