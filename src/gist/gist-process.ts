import { boundApart, liveApart, readInput, writeOutput } from '../apart/apart-process.js'
import { type GistKind, smallPictureBytes } from '../sync/make-gist.js'
import { noLibrary } from './no-library.js'

/** What runs in a process of its own, since a page or a file may be made so that it takes all time and memory there are. */

/** When the process ends by itself, in ms: its parent stopped waiting long before. */
const mostMs = 30_000

/** All that it may take, beside a heap that has a bound of its own: a library may unpack into memory that isn't in the heap. */
const mostResidentBytes = 384 * 1024 * 1024

/** Each library is loaded by those alone who read what it is for. Undefined where it isn't installed. */
const makers: { readonly [kind in GistKind]: (bytes: Buffer) => Promise<string | undefined> } = {
  page: async (bytes) => (await import('./html-text.js')).htmlText(bytes.toString()),
  pdf: async (bytes) => (await import('./pdf-text.js')).pdfText(bytes),
  office: async (bytes) => (await import('./office-text.js')).officeText(bytes),
  images: async (bytes) => (await import('./small-picture.js')).smallPicture(bytes, smallPictureBytes),
  calendar: async (bytes) => (await import('./calendar-lines.js')).calendarLines(bytes),
  audio: async (bytes) => (await import('./audio-length.js')).audioLength(bytes),
  archives: async (bytes) => (await import('./archive-names.js')).archiveNames(bytes),
}

/** The kind in the arguments, the bytes on the standard input; what they say on the standard output. */
export async function runGistProcess([kind = '']: readonly string[]): Promise<void> {
  liveApart(mostMs)
  if (!Object.hasOwn(makers, kind)) throw new RangeError(`no gist is made of ${kind}`)
  if (kind !== 'page') boundApart({ mostBytes: mostResidentBytes, mostMs })
  const text = await makers[kind as GistKind](await readInput())
  await writeOutput(Buffer.from(text ?? noLibrary))
  process.exit(0)
}
