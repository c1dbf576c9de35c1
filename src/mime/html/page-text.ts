import { decodeReferences } from './character-references.js'

/** For the tag that begins an element, and for the one that ends it. */
const both = (name: string, text: string): [string, string][] => [
  [name, text],
  [`/${name}`, text],
]

/** What stands in the place of a tag; for others a blank does. */
const inPlace: ReadonlyMap<string, string> = new Map([
  ['br', '\n'],
  ['li', '* '],
  ['hr', '\n-------------\n'],
  ...['p', 'div', 'table', 'tr', 'td', 'th'].flatMap((name) => both(name, '\n\n')),
  ...['span', 'em', 'i', 'strong', 'b', 'u', 'a'].flatMap((name) => both(name, '')),
])

/** Nobody reads what is in them. */
const unread = /^(?:style|script|title)$/

/**
 * What a page of HTML says, its lines as they stand there and addresses of links in brackets. Never throws, and takes time by the length of the page,
 * whatever is left open in it: where a comment or an element has no end, only the tag itself is left out.
 */
export function pageText(html: string): string {
  const find = findsEach(html)
  let text = ''
  let at = 0
  for (;;) {
    const start = html.indexOf('<', at)
    const comment = start >= 0 && html.startsWith('<!--', start) ? find('-->', start + 4) : -1
    const end = comment < 0 ? find('>', Math.max(start, at)) + 1 : comment + 3
    if (start < 0 || end === 0) return decodeReferences(oneBlank(text + html.slice(at)))
    const tag = html.slice(start, end)
    const name = tagName.exec(tag)?.[1]?.toLowerCase()
    text += html.slice(at, start) + (name === 'a' ? linkIn(tag) : (inPlace.get(name ?? '') ?? ' '))
    at = end
    if (name !== undefined && unread.test(name)) at = Math.max(find(endOf(name), end), end)
    if (name === 'li') while (/\s/.test(html[at] ?? '')) at++
  }
}

/** Of the tag that ends an element, with its stroke. */
const tagName = /^<(\/?[a-z][a-z0-9]*)/i

const endOf = (name: string): RegExp => new RegExp(`</${name}\\b`, 'gi')

/** Blanks that already stand alone are most of a text's, and needn't be replaced. */
const oneBlank = (text: string): string => text.replace(/[ \t]{2,}|\t/g, ' ')

/** Says where something stands first from a place on, or -1. What isn't there any more is not looked for twice: places only go up. */
function findsEach(html: string): (sought: string | RegExp, from: number) => number {
  const gone = new Set<string>()
  return (sought, from) => {
    const key = String(sought)
    if (gone.has(key)) return -1
    const found = typeof sought === 'string' ? html.indexOf(sought, from) : searchFrom(html, sought, from)
    if (found < 0) gone.add(key)
    return found
  }
}

function searchFrom(text: string, pattern: RegExp, from: number): number {
  pattern.lastIndex = from
  return pattern.exec(text)?.index ?? -1
}

function linkIn(tag: string): string {
  const address = /\bhref\s*=\s*["']?([^\s"'>]+)/i.exec(tag)?.[1]
  return address === undefined ? '' : ` (${address}) `
}
