/** A disk with less is full: what a browser gives up when it breaks off may be some hundred kilobytes. */
const triedBytes = 2_000_000
/** How long it may take to write that, ms: on a full disk Chromium may never say how it ended. */
const patienceMs = 10_000
/** Nothing of this name stays. */
const triedName = 'packetboat-room'

/**
 * Whether a browser refuses to write so much as a small file. What it says of its quota doesn't tell: Chromium
 * promises a gigabyte on a disk without a free byte. Where no such file can be tried, it isn't known to be full.
 */
export async function isDiskFull(storage: Pick<StorageManager, 'getDirectory'>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), patienceMs)
  })
  return Promise.race([refusesFile(storage), late]).finally(() => clearTimeout(timer))
}

async function refusesFile(storage: Pick<StorageManager, 'getDirectory'>): Promise<boolean> {
  try {
    const folder = await storage.getDirectory().catch((error: unknown) => {
      // Chromium has no room to make what it keeps such files in, where a site has had none before.
      if (isNamed(error, 'InvalidStateError')) return undefined
      throw error
    })
    if (!folder) return true
    try {
      const handle = await folder.getFileHandle(triedName, { create: true })
      const file = await handle.createWritable()
      await file.write(new Uint8Array(triedBytes))
      await file.close()
    } finally {
      // Where there was no room to make it, there is nothing to remove.
      await folder.removeEntry(triedName).catch(() => undefined)
    }
    return false
  } catch (error) {
    return isNamed(error, 'QuotaExceededError')
  }
}

const isNamed = (error: unknown, name: string): boolean => error instanceof Error && error.name === name
