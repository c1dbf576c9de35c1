import { execFileSync } from 'node:child_process'
import { chmodSync } from 'node:fs'

/** Makes a folder one in which nobody can write, not even root, for whom permissions mean nothing. Returns what undoes it. */
export function makeUnwritable(folder: string): () => void {
  if (process.getuid?.() !== 0) {
    chmodSync(folder, 0o500)
    return () => chmodSync(folder, 0o700)
  }
  execFileSync('chattr', ['+i', folder])
  return () => void execFileSync('chattr', ['-i', folder])
}
