import callbacks from 'node:fs'
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
  const answer = (call: DiskCall, path: unknown, to?: string): Error | undefined => {
    const errno = String(path).startsWith(root) ? refuse(call, String(path), to) : undefined
    return errno ? Object.assign(new Error(`${errno}: pretended, ${call}`), { code: errno }) : undefined
  }
  for (const call of ['open', 'link', 'rename', 'mkdir', 'readdir', 'lstat', 'stat'] as const) {
    const work = real[call] as (...args: unknown[]) => Promise<unknown>
    Object.assign(fs, {
      [call]: async (...args: unknown[]) => {
        const to = call === 'rename' || call === 'link' ? String(args[1]) : undefined
        const error = answer(call, args[0], to)
        if (error) throw error
        return work(...args)
      },
    })
  }
  // What is asked at once, of what was looked at just before.
  const { lstatSync, statSync } = callbacks
  const atOnce =
    (call: 'lstat' | 'stat', look: (path: string, options?: object) => unknown) =>
    (path: string, options?: object): unknown => {
      const error = answer(call, path)
      if (error) throw error
      return look(path, options)
    }
  Object.assign(callbacks, { lstatSync: atOnce('lstat', lstatSync), statSync: atOnce('stat', statSync) })
  // Files of mail are opened without a promise of Node's.
  const { open } = callbacks
  const openOrNot = (
    path: string | Buffer,
    ...rest: [...unknown[], (error: Error | null, fd?: number) => void]
  ) => {
    const error = answer('open', path)
    const done = rest.at(-1) as (error: Error) => void
    if (error) done(error)
    else Reflect.apply(open, callbacks, [path, ...rest])
  }
  Object.assign(callbacks, { open: openOrNot })
  syncBuiltinESMExports()
  return () => {
    Object.assign(fs, real)
    Object.assign(callbacks, { open, lstatSync, statSync })
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
