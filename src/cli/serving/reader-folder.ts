import { realpathSync } from 'node:fs'
import { join } from 'node:path'

/** Where the files of the reader are: beside the program that `self` starts. */
export function readerFolder(self: readonly [string, ...string[]]): string {
  return join(realpathSync(self[1] ?? '.'), '../../dist/reader')
}
