import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'

/**
 * The folder of kept code. Whoever can write what is read here can make this person run anything. So it is
 * read only if nobody else can write it, and a run as root leaves nothing in another person's folder.
 */
export interface CodeFolder {
  readonly path: string
  /** The user whose folder it must be; undefined where systems have no such numbers. */
  readonly uid: number | undefined
}

/** No file of ours is larger. */
const mostBytes = 16 * 1024 * 1024
const mostFiles = 24
const mostBytesOfAll = 48 * 1024 * 1024

const ending = '.code'
/** Our files, what is left of them where a process was killed, and what Node kept here for earlier versions. */
const ours = /^[a-z-]+-[0-9a-f]{8}\.code(?:\.\d+)?$|^v\d+\.\d+\.\d+-/

/** Node's default place is one that others can write to; undefined where there is no better. */
export function codeFolder(
  { LOCALAPPDATA, XDG_CACHE_HOME, HOME, NODE_DISABLE_COMPILE_CACHE }: NodeJS.ProcessEnv,
  uid: number | undefined,
): CodeFolder | undefined {
  // A path from where the process happens to stand would be read wherever somebody runs a command.
  const ofXdg = XDG_CACHE_HOME && isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : undefined
  const ofHome = HOME && isAbsolute(HOME) ? join(HOME, '.cache') : undefined
  const caches = LOCALAPPDATA ?? ofXdg ?? ofHome
  return caches && !NODE_DISABLE_COMPILE_CACHE ? { path: join(caches, 'packetboat'), uid } : undefined
}

const others = 0o022
const isOwn = (found: Stats, uid: number | undefined): boolean =>
  uid === undefined || (found.uid === uid && (found.mode & others) === 0)

/** What was kept under this name; undefined where nothing is, or somebody else can have written it. Throws what the disk does. */
export function readCode({ path, uid }: CodeFolder, name: string): Buffer | undefined {
  const folder = statSync(path, { throwIfNoEntry: false })
  if (!folder || !isOwn(folder, uid)) return undefined
  // Neither through a link, nor waiting for who writes into a pipe.
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants
  const fd = openSync(join(path, `${name}${ending}`), O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  try {
    const file = fstatSync(fd)
    return file.isFile() && isOwn(file, uid) && file.size <= mostBytes ? readFileSync(fd) : undefined
  } finally {
    closeSync(fd)
  }
}

/** Keeps what `make` gives under this name, all of it or nothing, and takes away what is old. Throws what the disk does. */
export function writeCode(folder: CodeFolder, name: string, make: () => Buffer): void {
  if (!makeOwn(folder)) return
  const file = join(folder.path, `${name}${ending}`)
  const draft = `${file}.${process.pid}`
  try {
    const fd = openSync(draft, 'wx', 0o600)
    try {
      const bytes = make()
      if (bytes.length > mostBytes) throw new Error('more code than is read')
      writeFileSync(fd, bytes)
    } finally {
      closeSync(fd)
    }
    renameSync(draft, file)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
  removeOld(folder.path)
}

/** Whether the folder is there now, and this user's. */
function makeOwn({ path, uid }: CodeFolder): boolean {
  const folder = statSync(path, { throwIfNoEntry: false })
  if (!folder) {
    const caches = dirname(path)
    // A home that isn't there, as some system users have one, stays so.
    const above =
      statSync(caches, { throwIfNoEntry: false }) ?? statSync(dirname(caches), { throwIfNoEntry: false })
    if (!above || (uid !== undefined && above.uid !== uid)) return false
    mkdirSync(path, { recursive: true, mode: 0o700 })
  } else if (uid !== undefined && folder.uid !== uid) return false
  else if (!isOwn(folder, uid)) chmodSync(path, 0o700)
  return true
}

function removeOld(path: string): void {
  const files = readdirSync(path)
    .filter((name) => ours.test(name))
    .map((name) => ({ file: join(path, name), found: statSync(join(path, name)) }))
    .sort((one, other) => other.found.mtimeMs - one.found.mtimeMs)
  let kept = 0
  let bytes = 0
  for (const { file, found } of files) {
    if (found.isFile()) kept++
    bytes += found.size
    if (!found.isFile() || kept > mostFiles || bytes > mostBytesOfAll)
      rmSync(file, { recursive: true, force: true })
  }
}
