import { PacketboatError } from '../../../errors/packetboat-error.js'
import { isFull, systemCode } from '../../../errors/system-code.js'

/** Whether nothing stands at a name. */
export function isAbsent(error: unknown): boolean {
  return systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR'
}

const faulty = 'The disk reports a fault: check it, and have a copy of the mail made.'

const adviceOfReading: Readonly<Record<string, string>> = {
  EACCES: 'Give packetboat the right to read it: check the owner and permissions of it and of its folder.',
  EPERM: 'Give packetboat the right to read it: check the owner and permissions of it and of its folder.',
  EIO: faulty,
  EUCLEAN: faulty,
  EBADMSG: faulty,
  ESTALE:
    'Its server has dropped or replaced it. If the next sync says the same, mount the network disk anew.',
  ELOOP:
    'It is a link that leads nowhere or to something of another owner: put the thing itself in its place.',
  ENAMETOOLONG: 'Give it a shorter name.',
}

const tooMany = 'Too many files are open'
const adviceOnFiles =
  'Allow more (ulimit -n, or LimitNOFILE= in the unit of a service) or end other programs, then sync again.'
const gone = 'The network disk does not answer'
const adviceOnDisk = 'See that it is mounted and its server runs, then sync again.'

/** What is no fault of a file: the next one would fail like it, and says nothing of what it holds. */
const ofTheMachine: Readonly<Record<string, readonly [what: string, next: string]>> = {
  EMFILE: [tooMany, adviceOnFiles],
  ENFILE: [tooMany, adviceOnFiles],
  ENOMEM: ['Memory is short', 'End other programs, then sync again.'],
  ENOTCONN: [gone, adviceOnDisk],
  ETIMEDOUT: [gone, adviceOnDisk],
  EHOSTDOWN: [gone, adviceOnDisk],
  EHOSTUNREACH: [gone, adviceOnDisk],
}

function machineError(errno: string, path: string, cause: unknown): PacketboatError | undefined {
  const words = ofTheMachine[errno]
  if (!words) return undefined
  const [what, next] = words
  return new PacketboatError('MAILSTORE_AWAY', `${what}: ${path} can't be reached (${errno}).`, next, {
    cause,
  })
}

/** What the disk says when something is read, in words and with a next step. What isn't the disk's goes through as it is. */
export function readError(
  error: unknown,
  path: string,
  code: 'MAILBOX_UNREADABLE' | 'MESSAGE_UNREADABLE' | 'MAILSTORE_GONE' = 'MAILBOX_UNREADABLE',
): unknown {
  const errno = systemCode(error)
  if (error instanceof PacketboatError || errno === undefined) return error
  const ofMachine = machineError(errno, path, error)
  if (ofMachine) return ofMachine
  return new PacketboatError(
    code,
    `${path} can't be read (${errno}).`,
    adviceOfReading[errno] ?? 'Look at it with another program, check its disk, then sync again.',
    { cause: error },
  )
}

/** The same when something is written. Anything unknown goes through as it is. */
export function writeError(error: unknown, path: string): unknown {
  const errno = systemCode(error)
  const words = (
    code: ConstructorParameters<typeof PacketboatError>[0],
    what: string,
    next: string,
  ): PacketboatError => new PacketboatError(code, what, next, { cause: error })
  const ofMachine = errno === undefined ? undefined : machineError(errno, path, error)
  if (ofMachine) return ofMachine
  if (isFull(error))
    return words(
      'DISK_FULL',
      `No space left for ${path}.`,
      'Make room there, then sync again: nothing was lost.',
    )
  if (errno === 'EROFS' || errno === 'EACCES' || errno === 'EPERM' || errno === 'ELOOP')
    return words(
      'READ_ONLY',
      `${path} can't be written (${errno}).`,
      'Check its owner, its permissions and how its disk is mounted, then sync again.',
    )
  if (errno === 'ENAMETOOLONG')
    return words(
      'MAILBOX_NAME',
      `The name ${path} is too long for this disk.`,
      'Rename the mailbox to something shorter on the other side.',
    )
  return error
}

/** The same when a Maildir is made. */
export function makeError(error: unknown, root: string): unknown {
  const what: Readonly<Record<string, string>> = {
    ENOTDIR: 'a file is in the way',
    EEXIST: 'a file is in the way',
    ENOENT: 'perhaps it is a link to a disk that is not mounted',
  }
  const why = what[systemCode(error) ?? '']
  if (why === undefined) return writeError(error, root)
  return new PacketboatError(
    'MAILSTORE_GONE',
    `A Maildir can't be made at ${root}: ${why}.`,
    'Check the path, or choose another one with --maildir PATH.',
    { cause: error },
  )
}
