/** Folders are passed over, and there may be nothing else. */
export const mostEntries = 10_000

/** Characters in a file name that would begin a new line. */
const lineBreaks = /[\r\n\v\f\u0085\u2028\u2029]/g

/** A file of an archive. */
export const entryLine = (name: string, sizeBytes: number): string =>
  `\n${name.replace(lineBreaks, ' ').slice(0, 200)} (${sizeBytes} bytes)`

export const countLine = (count: number): string => (count === 1 ? '1 entry' : `${count} entries`)
