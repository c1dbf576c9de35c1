import { Parser } from 'htmlparser2'
import yauzl from 'yauzl'
import { mostCharacters } from './most-characters.js'

/** The text of a document, by the kinds that there are: words, cells, slides; and what OpenDocument has for all of them. */
const documents = /^(?:word\/document\.xml|xl\/sharedStrings\.xml|ppt\/slides\/slide\d+\.xml|content\.xml)$/
const about = /^(?:docProps\/core\.xml|meta\.xml)$/

/** Where a line ends and where a cell does, by the local names of elements in any of them. */
const lineEnds = new Set(['p', 'h', 'br', 'line-break', 'tr', 'table-row', 'si'])
const gaps = new Set(['tab', 'tc', 'table-cell', 's'])

/** What programs don't show: text that was deleted while changes are recorded, a second form of the same, how a word is spoken. */
const hidden = new Set(['tracked-changes', 'Fallback', 'rPh'])
/** The elements that hold text, except in OpenDocument, where all text counts. */
const shown = 't'

/** Elements in one another. Documents have some tens; the parser takes long over many thousands. */
const mostDepth = 1000

/** Unpacked, of one entry. Whatever it claims, it may unpack to anything. */
const mostEntryBytes = 4 * 1024 * 1024
/** The same of all of them. */
const mostAllBytes = 32 * 1024 * 1024
const mostEntries = 10_000

/**
 * The title and the first text of an office file in one of the formats that are XML in an archive. The parser
 * knows no entities but those of XML, so none can expand. Throws when the file is no archive.
 */
export async function officeText(bytes: Buffer): Promise<string> {
  const zip = await yauzl.fromBufferPromise(bytes, { lazyEntries: true, validateEntrySizes: false })
  let title = ''
  let text = ''
  const room = { bytes: mostAllBytes }
  let seen = 0
  for await (const entry of zip.eachEntry()) {
    if (++seen > mostEntries || text.length >= mostCharacters || room.bytes <= 0) break
    const isTitle = about.test(entry.fileName)
    if (!isTitle && !documents.test(entry.fileName)) continue
    const stream = await zip.openReadStreamPromise(entry)
    const only = isTitle ? 'title' : entry.fileName === 'content.xml' ? undefined : shown
    const most = isTitle ? 200 : mostCharacters - text.length
    const read = await readXml(stream, room, most, only)
    if (isTitle) title = read.trim()
    else text += read
  }
  return `${title}\n${text}`.trim()
}

/** So many characters of an entry, of all of it or what stands in elements of one local name. */
async function readXml(
  entry: AsyncIterable<Uint8Array>,
  room: { bytes: number },
  most: number,
  only?: string,
): Promise<string> {
  let text = ''
  let inside = only === undefined
  let depth = 0
  let deepest = 0
  /** Where what isn't shown began. */
  let hiddenAt: number | undefined
  const parser = new Parser(
    {
      onopentagname: (name) => {
        const local = localName(name)
        deepest = Math.max(deepest, ++depth)
        if (hidden.has(local)) hiddenAt ??= depth
        if (local === only) inside = true
        else if (gaps.has(local)) text += ' '
      },
      ontext: (piece) => {
        if (inside && hiddenAt === undefined) text += piece
      },
      onclosetag: (name) => {
        const local = localName(name)
        if (hiddenAt === depth--) hiddenAt = undefined
        if (local === only) inside = false
        else if (lineEnds.has(local)) text += '\n'
      },
    },
    { xmlMode: true },
  )
  let decoder: TextDecoder | undefined
  let read = 0
  for await (const chunk of entry) {
    decoder ??= new TextDecoder(encodingOf(chunk))
    parser.write(decoder.decode(chunk, { stream: true }))
    read += chunk.length
    room.bytes -= chunk.length
    if (read >= mostEntryBytes || text.length >= most || deepest > mostDepth) break
  }
  return text.slice(0, most)
}

/** XML is UTF-8 unless its first bytes say otherwise (XML 1.0, 4.3.3). */
function encodingOf([first, second]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8'
}

const localName = (name: string): string => name.slice(name.indexOf(':') + 1)
