import fs from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'

/** What a disk is asked to do. */
export type DiskCall = 'open' | 'link' | 'rename' | 'mkdir' | 'readdir' | 'lstat' | 'stat'

/**
 * A disk that this machine hasn't: calls for paths below `root` for which `refuse` names an error fail with it. Until the function that
 * is returned is called.
 */
export function pretendDisk(
  root: string,
  refuse: (call: DiskCall, path: string, to: string | undefined) => string | undefined,
): () => void {
  const real = { ...fs }
  for (const call of ['open', 'link', 'rename', 'mkdir', 'readdir', 'lstat', 'stat'] as const) {
    const work = real[call] as (...args: unknown[]) => Promise<unknown>
    Object.assign(fs, {
      [call]: async (...args: unknown[]) => {
        const to = call === 'rename' || call === 'link' ? String(args[1]) : undefined
        const errno = String(args[0]).startsWith(root) ? refuse(call, String(args[0]), to) : undefined
        if (errno) throw Object.assign(new Error(`${errno}: pretended, ${call}`), { code: errno })
        return work(...args)
      },
    })
  }
  syncBuiltinESMExports()
  return () => {
    Object.assign(fs, real)
    syncBuiltinESMExports()
  }
}

/** As exFAT and many network shares are: no hard links, and some characters in no name. */
export function pretendNarrowDisk(root: string): () => void {
  const wrong = (path: string): boolean =>
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what it takes not
    /[\u0000-\u001f"*:<>?|]|[. ](?:\/|$)/.test(path.slice(root.length))
  return pretendDisk(root, (call, path, to) => {
    if (call === 'link') return 'EPERM'
    if (call === 'open' || call === 'mkdir' || call === 'rename')
      return wrong(to ?? path) ? 'EINVAL' : undefined
    return undefined
  })
}
