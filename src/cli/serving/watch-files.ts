import { statSync } from 'node:fs'

/** Files that somebody may replace or write while the program runs. */
export interface FileWatch {
  /**
   * True once for each change: when the files differ from the last accepted state, and are as they were at
   * the call before. So a file that is still being written, or one of two that belong together, isn't taken
   * for the new state.
   */
  look(): boolean
}

/** @param paths as they are at each look; links are followed. One that isn't there is a state like any other. */
export function watchFiles(paths: () => readonly string[]): FileWatch {
  const stateNow = (): string => paths().map(stateOf).join('\n')
  let known = stateNow()
  let before = known
  return {
    look() {
      const now = stateNow()
      const isSettled = now === before
      before = now
      if (!isSettled || now === known) return false
      known = now
      return true
    },
  }
}

function stateOf(path: string): string {
  try {
    const { ino, size, mtimeMs, ctimeMs } = statSync(path)
    return [path, ino, size, mtimeMs, ctimeMs].join(' ')
  } catch (error) {
    return `${path} ${(error as NodeJS.ErrnoException).code}`
  }
}
