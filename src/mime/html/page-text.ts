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
    if (start < 0 || end === 0) return decodeReferences((text + html.slice(at)).replace(/[ \t]+/g, ' '))
    const tag = html.slice(start, end)
    const name = /^<([a-z][a-z0-9]*)/i.exec(tag)?.[1]?.toLowerCase()
    text += html.slice(at, start) + (name === 'a' ? linkIn(tag) : placeOf(tag))
    at = end
    if (name !== undefined && unread.test(name)) at = Math.max(find(`</${name}\\b`, end), end)
    if (name === 'li') while (/\s/.test(html[at] ?? '')) at++
  }
}

/** Says where something stands first from a place on, or -1. What isn't there any more is not looked for twice: places only go up. */
function findsEach(html: string): (pattern: string, from: number) => number {
  const gone = new Set<string>()
  return (pattern, from) => {
    if (gone.has(pattern)) return -1
    const regexp = new RegExp(pattern, 'gi')
    regexp.lastIndex = from
    const found = regexp.exec(html)
    if (!found) gone.add(pattern)
    return found?.index ?? -1
  }
}

function linkIn(tag: string): string {
  const address = /\bhref\s*=\s*["']?([^\s"'>]+)/i.exec(tag)?.[1]
  return address === undefined ? '' : ` (${address}) `
}

function placeOf(tag: string): string {
  return inPlace.get(/^<(\/?[a-z][a-z0-9]*)/i.exec(tag)?.[1]?.toLowerCase() ?? '') ?? ' '
}
