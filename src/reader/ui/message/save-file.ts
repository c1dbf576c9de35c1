import type { PartBytes } from '../../port.js'

/** Gives a part to the browser to be saved. Its type is never said: nothing of it is to be opened as a page of this origin. */
export function saveFile({ bytes, name }: PartBytes, part: number): void {
  const url = URL.createObjectURL(new Blob([bytes], { type: 'application/octet-stream' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name ?? `part-${part + 1}`
  link.click()
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
