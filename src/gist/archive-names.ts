import yauzl from 'yauzl'
import { mostCharacters } from './most-characters.js'

/** Folders are passed over, and there may be nothing else. */
const mostEntries = 10_000

/** Whatever an archive's names have that would begin a line. */
const lineBreaks = /[\r\n\v\f\u0085\u2028\u2029]/g

/** What an archive holds: how many files, and the first names of them. Nothing is unpacked. Throws at what is no archive. */
export async function archiveNames(bytes: Buffer): Promise<string> {
  // Decoded by yauzl itself, one name that leads out of the folder would end it all. Nothing is written by these names.
  const zip = await yauzl.fromBufferPromise(bytes, { lazyEntries: true, decodeStrings: false })
  let names = ''
  let seen = 0
  for await (const entry of zip.eachEntry()) {
    if (++seen > mostEntries || names.length > mostCharacters) break
    const { generalPurposeBitFlag, fileNameRaw, extraFields, uncompressedSize } = entry
    const name = yauzl.getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, false)
    if (!name.endsWith('/'))
      names += `\n${name.replace(lineBreaks, ' ').slice(0, 200)} (${uncompressedSize} bytes)`
  }
  return `${zip.entryCount === 1 ? '1 entry' : `${zip.entryCount} entries`}${names}`
}
