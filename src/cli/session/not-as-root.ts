import { readFileSync, type Stats, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { PacketboatError } from '../../errors/packetboat-error.js'

/**
 * Refuses to run as root on another person's mail: the owner of a Maildir may put a link into it that leads
 * anywhere, and root could follow it. So a process of root (`uid` 0) works on root's own Maildirs only. If
 * the Maildir doesn't exist yet, the owner of the folder in which it would be made counts. Throws CONFIG.
 */
export function refuseRootOver(maildir: string, uid: number | undefined = process.getuid?.()): void {
  if (uid !== 0) return
  const owner = [maildir, join(maildir, 'cur')].map(ownerOf).find((each) => each !== 0)
  if (owner === undefined) return
  const name = nameOf(owner)
  throw new PacketboatError(
    'CONFIG',
    `packetboat runs as root, and ${maildir} belongs to ${name ?? `the user id ${owner}`}: root would follow what its owner puts there.`,
    `Run it as its owner: sudo -u ${name ?? `'#${owner}'`} packetboat ..., or in a systemd unit with User= (contrib/systemd/packetboat-serve@.service), one endpoint for each owner.`,
  )
}

/** The owner of a path, or of the nearest folder above it that exists. */
function ownerOf(path: string): number {
  for (let at = resolve(path); ; at = dirname(at)) {
    const stats = statsOf(at)
    if (stats) return stats.uid
    if (at === dirname(at)) return 0
  }
}

/** Undefined where the path doesn't exist, as below a file. */
function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined
    throw error
  }
}

function nameOf(uid: number): string | undefined {
  try {
    return readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map((line) => line.split(':'))
      .find(([name, , id]) => name && id === String(uid))?.[0]
  } catch {
    return undefined
  }
}
