import yauzl from 'yauzl'
import { countLine, entryLine, mostEntries } from './entry-line.js'
import { mostCharacters } from './most-characters.js'
import { tarNames } from './tar-names.js'

/** What an archive holds: how many files, and the first names of them. Nothing of a zip archive is unpacked. Throws at what is no archive. */
export async function archiveNames(bytes: Buffer): Promise<string> {
  if (bytes.toString('latin1', 0, 2) !== 'PK') return tarNames(bytes)
  // Decoded by yauzl itself, one name that leads out of the folder would end it all. Nothing is written by these names.
  const zip = await yauzl.fromBufferPromise(bytes, { lazyEntries: true, decodeStrings: false })
  let names = ''
  let seen = 0
  for await (const entry of zip.eachEntry()) {
    if (++seen > mostEntries || names.length > mostCharacters) break
    const { generalPurposeBitFlag, fileNameRaw, extraFields, uncompressedSize } = entry
    const name = yauzl.getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, false)
    if (!name.endsWith('/')) names += entryLine(name, uncompressedSize)
  }
  return `${countLine(zip.entryCount)}${names}`
}
