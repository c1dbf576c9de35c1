import { truncateText } from '../headers/clean-text.js'
import type { FileKind } from './file-kind.js'
import { cutMark } from './fold-text.js'
import { smallPictureText } from './small-picture.js'

/** What the text of a page or a letter may take, in UTF-8: two screens. */
export const gistBytes = 4096

/** Of what went to many, or mostly points elsewhere, people read the head. */
export const gistBytesOfMany = 1024

/** What the gist of a file may take, in UTF-8; and of how many files of a message there are some. */
export const fileGistBytes = 1000
export const mostFileGists = 8

/** Of which a gist may stand in their place: a page by its text, a text by its beginning. */
export const gistTypes: readonly string[] = ['text/html', 'text/plain']

/** Far below what mail allows (RFC 5322 2.1.1), since nobody reads such lines. */
const lineLength = 200

const cutEnd = `\n${cutMark}`

/** What a terminal would obey or a reader be misled by, as text that others wrote may hold it; ends of lines are taken before. */
const obeyed = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\p{Cs}]/gu

/** A text made of a stranger's page, whoever made it: lines of a person's length, nothing in them but text, no more than so many bytes. */
export function gistText(text: string, mostBytes = gistBytes): string {
  // A character takes a byte at the least.
  const start = text.slice(0, 4 * mostBytes)
  const lines = start
    .split(/\r\n?|[\n\v\f\u0085\u2028\u2029]/)
    .flatMap((line) => inLines(line.replaceAll('\t', ' ').replace(obeyed, '')))
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/^\n+|\n+$/g, '')
  if (start === text && truncateText(lines, mostBytes) === lines) return lines
  const cut = truncateText(lines, mostBytes - cutEnd.length).trimEnd()
  return cut === '' ? '' : `${cut}${cutEnd}`
}

function inLines(line: string): string[] {
  const pieces = line.trimEnd().match(new RegExp(`.{1,${lineLength}}`, 'gsu')) ?? ['']
  return pieces.map((piece) => piece.trimEnd())
}

/** The same of a file. */
export const fileGistText = (kind: FileKind, text: string): string =>
  kind === 'images' ? smallPictureText(text) : gistText(text, fileGistBytes)
