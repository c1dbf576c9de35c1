import * as disk from './disk/disk.js'

/** What root writes into somebody's mail belongs to them, as the folder does that it is written to. Never the target of a link. */
export async function giveToOwner(path: string, folder: string): Promise<void> {
  if (process.getuid?.() !== 0) return
  const { uid, gid } = await disk.stat(folder)
  if (uid !== 0 || gid !== 0) await disk.lchown(path, uid, gid)
}
