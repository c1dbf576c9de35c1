import { Parser } from 'htmlparser2'
import yauzl from 'yauzl'
import { mostCharacters } from './most-characters.js'

/** The text of a document, by the kinds that there are: words, cells, slides; and what OpenDocument has for all of them. */
const documents = /^(?:word\/document\.xml|xl\/sharedStrings\.xml|ppt\/slides\/slide\d+\.xml|content\.xml)$/
const about = /^(?:docProps\/core\.xml|meta\.xml)$/

/** Where a line ends and where a cell does, by the local names of elements in any of them. */
const lineEnds = new Set(['p', 'h', 'br', 'line-break', 'tr', 'table-row', 'si'])
const gaps = new Set(['tab', 'tc', 'table-cell', 's'])

/** Unpacked, of one entry. Whatever it claims, it may unpack to anything. */
const mostEntryBytes = 4 * 1024 * 1024
const mostEntries = 10_000

/**
 * The title and the first text of an office file in one of the formats that are XML in an archive. The parser knows no entities but those of XML, so
 * none grows. Throws at what is no archive.
 */
export async function officeText(bytes: Buffer): Promise<string> {
  const zip = await yauzl.fromBufferPromise(bytes, { lazyEntries: true, validateEntrySizes: false })
  let title = ''
  let text = ''
  let seen = 0
  for await (const entry of zip.eachEntry()) {
    if (++seen > mostEntries || text.length >= mostCharacters) break
    const isTitle = about.test(entry.fileName)
    if (!isTitle && !documents.test(entry.fileName)) continue
    const stream = await zip.openReadStreamPromise(entry)
    if (isTitle) title = (await readXml(stream, 200, 'title')).trim()
    else text += await readXml(stream, mostCharacters - text.length)
  }
  return `${title}\n${text}`.trim()
}

/** So many characters of an entry, of all of it or what stands in elements of one local name. */
async function readXml(entry: AsyncIterable<Uint8Array>, most: number, only?: string): Promise<string> {
  let text = ''
  let inside = only === undefined
  const decoder = new TextDecoder()
  const parser = new Parser(
    {
      onopentagname: (name) => {
        if (localName(name) === only) inside = true
        else if (gaps.has(localName(name))) text += ' '
      },
      ontext: (piece) => {
        if (inside) text += piece
      },
      onclosetag: (name) => {
        if (localName(name) === only) inside = false
        else if (lineEnds.has(localName(name))) text += '\n'
      },
    },
    { xmlMode: true },
  )
  let read = 0
  for await (const chunk of entry) {
    parser.write(decoder.decode(chunk, { stream: true }))
    read += chunk.length
    if (read >= mostEntryBytes || text.length >= most) break
  }
  return text.slice(0, most)
}

const localName = (name: string): string => name.slice(name.indexOf(':') + 1)
