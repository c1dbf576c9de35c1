import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'

export interface SmallDisk {
  readonly path: string
  makeReadOnly(): void
  resize(sizeBytes: number): void
  unmount(): void
}

/** A file system of its own with so many bytes, or undefined where this user may not mount one. */
export function mountSmallDisk(path: string, sizeBytes: number): SmallDisk | undefined {
  mkdirSync(path)
  if (!run('mount', '-t', 'tmpfs', '-o', `size=${sizeBytes}`, 'tmpfs', path)) return undefined
  return {
    path,
    makeReadOnly: () => {
      if (!run('mount', '-o', 'remount,ro', path)) throw new Error(`can't remount ${path}`)
    },
    resize: (bytes) => {
      if (!run('mount', '-o', `remount,size=${bytes}`, path)) throw new Error(`can't resize ${path}`)
    },
    unmount: () => void run('umount', '-l', path),
  }
}

function run(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0
}
