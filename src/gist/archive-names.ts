import yauzl from 'yauzl'
import { mostCharacters } from './most-characters.js'

/** What an archive holds: how many files, and the first names of them. Nothing is unpacked. Throws at what is no archive. */
export async function archiveNames(bytes: Buffer): Promise<string> {
  const zip = await yauzl.fromBufferPromise(bytes, { lazyEntries: true })
  let names = ''
  for await (const { fileName, uncompressedSize } of zip.eachEntry()) {
    if (names.length > mostCharacters) break
    if (!fileName.endsWith('/'))
      names += `\n${fileName.replace(/[\r\n]/g, ' ').slice(0, 200)} (${uncompressedSize} bytes)`
  }
  return `${zip.entryCount === 1 ? '1 entry' : `${zip.entryCount} entries`}${names}`
}
