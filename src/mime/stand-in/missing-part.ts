import type { Guid } from '../../replica/model.js'
import { truncateText } from '../headers/clean-text.js'
import { encodeParameter, encodeText } from '../headers/header-encode.js'
import type { OutlinePart } from '../outline.js'
import { fileKind } from './file-kind.js'
import { gistTypes } from './gist-text.js'
import { hiddenAlternatives } from './hidden-alternatives.js'
import { base64Lines } from './small-picture.js'
import type { StandInInput } from './stand-in-input.js'
import { type MarkerKey, partTag } from './stand-in-marker.js'

/** How a part that isn't here is shown in its place. All text with LF. */

/** Of what stands as a file. No mail program shows it in place of a text, and all carry it along into a mail that they forward it with. */
export const missingType = 'application/x-packetboat-missing'

/** Of one message, what stands for each missing part: its Content fields, each with its line end, and its body. */
export interface MissingParts {
  fields(part: OutlinePart, index: number): string
  text(part: OutlinePart, index: number): string
}

/**
 * How each missing part is shown. A part that would show as text gets a text in its place; any other a file,
 * as it is one itself. So does a text of which another version is here (multipart/alternative), since mail
 * programs show the last alternative that they understand.
 */
export function missingParts(
  { guid, marking, outline, gists }: Pick<StandInInput, 'guid' | 'marking' | 'outline' | 'gists'>,
  here: (part: number) => boolean,
): MissingParts {
  const isPicture = (index: number): boolean => fileKind(outline.parts[index] ?? { type: '' }) === 'images'
  const gistOf = (index: number): string => (isPicture(index) ? '' : (gists?.get(index) ?? ''))
  const isRead = (index: number): boolean =>
    gistOf(index) !== '' && gistTypes.includes(outline.parts[index]?.type ?? '')
  const hidden = hiddenAlternatives(outline, (part) => here(part) || isRead(part))
  const isFile = ({ type, disposition }: OutlinePart, index: number): boolean =>
    outline.tree.kind !== 'part' &&
    !isRead(index) &&
    (hidden.has(index) || disposition === 'attachment' || !type.startsWith('text/'))
  const fieldsOf = (part: OutlinePart, index: number): string =>
    missingFields(part, isFile(part, index), gistOf(index))
  const textOf = (part: OutlinePart, index: number): string =>
    gistLines(gistOf(index), part) + missingText(part, index, guid, isFile(part, index) ? marking : undefined)
  const pictureOf = (part: OutlinePart, index: number): string =>
    isPicture(index) && isFile(part, index) && !hidden.has(index) ? (gists?.get(index) ?? '') : ''
  const boundaryOf = (index: number): string => `packetboat-${guid}-small-${index + 1}`
  return {
    fields: (part, index) =>
      pictureOf(part, index) === ''
        ? fieldsOf(part, index)
        : `Content-Type: multipart/mixed; boundary="${boundaryOf(index)}"\n`,
    text: (part, index) => {
      const picture = pictureOf(part, index)
      const file = textOf(part, index)
      if (picture === '') return file
      const delimiter = `--${boundaryOf(index)}`
      return `${delimiter}\n${smallPicturePart(part, picture)}\n${delimiter}\n${fieldsOf(part, index)}\n${file}\n${delimiter}--\n`
    },
  }
}

/** A picture, beside the file that stands for the large one: mail programs show it as any other. */
function smallPicturePart({ name = 'picture' }: OutlinePart, picture: string): string {
  const file = `${name} - small.webp`
  return [
    `Content-Type: image/webp${encodeParameter('name', file)}`,
    'Content-Transfer-Encoding: base64',
    `Content-Disposition: inline${encodeParameter('filename', file)}`,
    `Content-Description: ${encodeText(`${name}, small`, 'Content-Description: '.length)}`,
    '',
    base64Lines(picture),
    '',
  ].join('\n')
}

/** Of a file's gist, beside its name and size. */
const titleBytes = 80

function missingFields(part: OutlinePart, isFile: boolean, gist: string): string {
  const { type, size, name } = part
  // What a mail program's list of parts shows of it (RFC 2045 8).
  const says = isFile && gist !== '' ? `: ${truncateText(gist.split('\n')[0] ?? '', titleBytes)}` : ''
  const description = encodeText(`${inWords(part)}, not here yet${says}`, 'Content-Description: '.length)
  const nameParameter = name === undefined ? '' : encodeParameter('name', name)
  const file = `${name ?? 'attachment'} - not here yet.txt`
  return [
    isFile
      ? `Content-Type: ${missingType}${encodeParameter('name', file)}`
      : 'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
    ...(isFile ? [`Content-Disposition: attachment${encodeParameter('filename', file)}`] : []),
    `Content-Description: ${description}`,
    `X-Packetboat-Missing: ${type}; size=${size}${nameParameter}`,
    '',
  ].join('\n')
}

/**
 * Says what is missing and how to get it, and for a file adds the proof that it was written here. All that
 * stands in the body, the only thing that every mail program keeps of an attachment. No line of it can be
 * taken for a delimiter or an mbox separator.
 */
function missingText(part: OutlinePart, index: number, guid: Guid, marking: MarkerKey | undefined): string {
  const words = inWords(part)
  const tag = marking && partTag(marking, guid, index, words)
  return [
    `[${words}: not here yet]`,
    `[To get it: packetboat fetch ${guid.slice(-12)}/${index + 1}]`,
    ...(tag === undefined ? [] : [`[To send it on: forward this file. id=${guid}/${index + 1}; tag=${tag}]`]),
    '',
  ].join('\n')
}

const gistWords: { readonly [type: string]: string } = {
  'text/html': 'So far as text. The page itself:',
  'text/plain': 'Shortened. All of it:',
}

/** A gist, before the words that say so. No line of it can be taken for a delimiter or an mbox separator. */
function gistLines(text: string, { type }: OutlinePart): string {
  if (text === '') return ''
  const words = gistWords[type] ?? 'So far in words. The file itself:'
  return `${text.replace(/^(?=--|>*From )/gm, ' ')}\n\n[${words}]\n`
}

/** A part that a text stands for. */
export interface NamedPart {
  readonly message: Guid
  readonly part: number
}

const markedText =
  /^(?:[\s\S]*\r?\n\[So far in words\. The file itself:\]\r?\n)?\[(.*): not here yet\]\r?\n\[To get it: packetboat fetch ([0-9a-f]{12})\/(\d{1,6})\]\r?\n\[To send it on: forward this file\. id=([0-9a-f]{32})\/(\d{1,6}); tag=([0-9a-f]{32})\]\s*$/

/** What a body of ours stands for: it was written here, all of it, and for this part. Undefined for all others. */
export function readMissingText(text: string, marking: MarkerKey): NamedPart | undefined {
  const [, words, name, number, message, sameNumber, tag] = markedText.exec(text) ?? []
  if (words === undefined || name === undefined || message === undefined) return undefined
  const part = Number(number) - 1
  const isOurs =
    sameNumber === number && message.endsWith(name) && tag === partTag(marking, message, part, words)
  return isOurs ? { message, part } : undefined
}

function inWords({ type, size, name }: OutlinePart): string {
  return [name, type, humanSize(size)].filter((word) => word !== undefined).join(', ')
}

/** A field that says so of the header itself (RFC 5322 3.6.5), and of what stands between the parts; none where nothing is missing. */
export function missingStructureField(bytes: number, guid: Guid): string {
  if (bytes === 0) return ''
  return `Comments: ${humanSize(bytes)} of the header and of what stands between the parts: not here yet.\n To get it: packetboat fetch ${guid.slice(-12)}\n`
}

/** Names of messages that a text says parts are missing of, as `missingText` writes them. Anybody can write that: it is a claim. */
export function missingNames(text: string): string[] {
  return [...text.matchAll(/\[To get it: packetboat fetch ([0-9a-f]{12})(?:\/\d+)?\]/g)].flatMap(
    ([, name]) => name ?? [],
  )
}

/** A size to three digits. */
function humanSize(bytes: number): string {
  if (bytes < 1000) return bytes === 1 ? '1 byte' : `${bytes} bytes`
  let size = bytes
  let unit = -1
  for (; size >= 999.5 && unit < 3; unit++) size /= 1000
  return `${size < 99.95 ? size.toFixed(1) : size.toFixed(0)} ${['kB', 'MB', 'GB', 'TB'][unit] ?? ''}`
}
