import { constants } from 'node:os'

/** Names of errors that Node has none for: Linux's own (errno.h). */
const others = new Map([
  [117, 'EUCLEAN'],
  [123, 'ENOMEDIUM'],
  [126, 'ENOKEY'],
])

const names = new Map(Object.entries(constants.errno).map(([name, errno]) => [errno as number, name]))

/**
 * The name of a system error: ENOENT. libuv knows not all of them, and then Node gives "Unknown system error -122" as the code of what a
 * quota says (EDQUOT), or a file that its server has dropped (ESTALE). Undefined for what isn't the system's.
 */
export function systemCode(error: unknown): string | undefined {
  const { code, errno } = (error ?? {}) as NodeJS.ErrnoException
  if (code === undefined || typeof code !== 'string') return undefined
  if (!code.startsWith('Unknown system error')) return /^E[A-Z0-9]+$/.test(code) ? code : undefined
  const number = Math.abs(errno ?? 0)
  return names.get(number) ?? others.get(number) ?? `E${number}`
}

/** No room is left, or a quota is used up. */
export const isFull = (error: unknown): boolean => ['ENOSPC', 'EDQUOT'].includes(systemCode(error) ?? '')
