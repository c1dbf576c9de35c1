import { PacketboatError } from '../../errors/packetboat-error.js'

export function errnoOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code
}

/** What the disk says, in words and with a next step. Anything unknown goes through as it is. */
export function diskError(error: unknown, path: string): unknown {
  const code = errnoOf(error)
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new PacketboatError(
      'DISK_FULL',
      `No room left for ${path}.`,
      'Make room there, then sync again: nothing was lost.',
      {
        cause: error,
      },
    )
  if (code === 'EROFS' || code === 'EACCES' || code === 'EPERM')
    return new PacketboatError(
      'READ_ONLY',
      `${path} can't be written (${code}).`,
      'Check its owner, its permissions and how its disk is mounted, then sync again.',
      {
        cause: error,
      },
    )
  if (code === 'ENAMETOOLONG')
    return new PacketboatError(
      'MAILBOX_NAME',
      `The name ${path} is too long for this disk.`,
      'Shorten the name of the mailbox.',
      {
        cause: error,
      },
    )
  return error
}
