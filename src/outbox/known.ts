import * as fs from 'node:fs/promises'
import { join } from 'node:path'
import { spoolError } from './spool-disk.js'

/** What the endpoint has last said about sending, for a `sendmail` that opens no database. */
export interface KnownOfSending {
  /** `Ann <ann@example.org>`, `*@example.org`: as `identities.ts` reads them. The first one is who mail without From is from. */
  readonly identities: readonly string[]
  /** What the mail server takes, where it says so. */
  readonly maxBytes?: number
  /** Where packetboat itself puts mail in the place of stand-ins: the key, in hex, that marks stand-ins as written here. */
  readonly marking?: string
  /** When the endpoint said it, by the clock here. */
  readonly asOfMs: number
}

/** More is nothing that a sync has written. */
const mostBytes = 256 * 1024

const pathIn = (folder: string): string => join(folder, 'known.json')

/** Undefined where nothing readable is known; then nothing is refused because of it. */
export async function readKnown(folder: string): Promise<KnownOfSending | undefined> {
  try {
    const stats = await fs.stat(pathIn(folder))
    if (!stats.isFile() || stats.size > mostBytes) return undefined
    const { identities, maxBytes, marking, asOfMs } = JSON.parse(
      await fs.readFile(pathIn(folder), 'utf8'),
    ) as Record<string, unknown>
    if (!Array.isArray(identities) || !identities.every((each) => typeof each === 'string')) return undefined
    if (typeof asOfMs !== 'number') return undefined
    const key = typeof marking === 'string' && /^[0-9a-f]{64}$/.test(marking) && { marking }
    return { identities, asOfMs, ...(typeof maxBytes === 'number' && { maxBytes }), ...key }
  } catch {
    return undefined
  }
}

/** Writes the whole file or nothing. Throws DISK_FULL or READ_ONLY. */
export async function writeKnown(folder: string, known: KnownOfSending): Promise<void> {
  const draft = join(folder, 'known.json.new')
  try {
    await fs.mkdir(folder, { recursive: true, mode: 0o700 })
    await fs.rm(draft, { force: true })
    await fs.writeFile(draft, `${JSON.stringify(known)}\n`, { mode: 0o600, flag: 'wx' })
    await fs.rename(draft, pathIn(folder))
  } catch (error) {
    throw spoolError(error, folder)
  }
}
