import { ifInstalled } from '../apart/if-installed.js'
/**
 * What a recording says of itself, and how long it is. Undefined when the library isn't installed; throws
 * the library's errors for a file that it can't read.
 */
export async function audioLength(bytes: Uint8Array): Promise<string | undefined> {
  const library = await ifInstalled(() => import('music-metadata'))
  if (!library) return undefined
  const { common, format } = await library.parseBuffer(bytes, undefined, { duration: true, skipCovers: true })
  const names = [common.title, common.artist, common.album].map((name) => name?.trim() ?? '').filter(Boolean)
  const { duration } = format
  const length = duration !== undefined && Number.isFinite(duration) ? [lengthText(duration)] : []
  return [...names, ...length].join('\n')
}

/** `42 s`, `3 min 5 s`, `1 h 12 min`. */
function lengthText(duration: number): string {
  const seconds = Math.round(duration)
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)]
  if (hours > 0) return `${hours} h ${minutes} min`
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`
}
