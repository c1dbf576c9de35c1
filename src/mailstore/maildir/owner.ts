import { chown, stat } from 'node:fs/promises'

/** What root writes into somebody's mail belongs to them, as the folder does that it is written to. */
export async function giveToOwner(path: string, folder: string): Promise<void> {
  if (process.getuid?.() !== 0) return
  const { uid, gid } = await stat(folder)
  if (uid !== 0 || gid !== 0) await chown(path, uid, gid)
}
