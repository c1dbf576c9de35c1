import { ifInstalled } from '../apart/if-installed.js'
import { mostCharacters } from './most-characters.js'

/** How many pages are read. */
const mostPages = 5

/**
 * The title of a PDF file, its number of pages, and the text of the first ones. Undefined when the library
 * isn't installed; throws the library's errors for a file that it can't read.
 */
export async function pdfText(bytes: Uint8Array): Promise<string | undefined> {
  const library = await ifInstalled(() => import('unpdf'))
  if (!library) return undefined
  const pdf = await library.getDocumentProxy(new Uint8Array(bytes), {
    disableFontFace: true,
    useSystemFonts: false,
    verbosity: 0,
  })
  const title = (await pdf.getMetadata().catch(() => undefined))?.info as { Title?: unknown } | undefined
  const { numPages } = pdf
  const head = [
    ...(typeof title?.Title === 'string' && title.Title.trim() !== '' ? [title.Title.trim()] : []),
    numPages === 1 ? '1 page' : `${numPages} pages`,
  ]
  let text = ''
  for (let page = 1; page <= Math.min(numPages, mostPages) && text.length < mostCharacters; page++) {
    const { items } = await (await pdf.getPage(page)).getTextContent()
    for (const item of items) if ('str' in item) text += item.str + (item.hasEOL ? '\n' : '')
    text += '\n'
  }
  return `${head.join(', ')}\n${text.slice(0, mostCharacters)}`
}
