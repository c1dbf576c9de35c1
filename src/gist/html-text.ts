import { convert, type DomNode, type Formatter } from 'html-to-text'
import { Parser } from 'htmlparser2'

/** Elements in one another. Pages have some tens, and those whose lists never end some hundreds. */
const mostDepth = 5000

/** Characters that are parsed between two checks. */
const piece = 8192

/** As mail is written (RFC 3676 4.2). */
const lineLength = 76

/** Selectors of texts that senders put first for the lists of mail programs, and hide from readers. */
const hidden = [
  '[hidden]',
  '[style*="display:none"]',
  '[style*="display: none"]',
  '[style*="mso-hide:all"]',
  '[style*="mso-hide: all"]',
  '[style*="visibility:hidden"]',
  '[style*="visibility: hidden"]',
  '[style*="max-height:0"]',
  '[style*="max-height: 0"]',
  '[class*="preheader"]',
]

/** Signs that take no room, by the hundred behind such a text. Between letters some scripts need them. */
const invisible =
  /\u00ad|(?<![\p{L}\p{M}])\p{Default_Ignorable_Code_Point}|\p{Default_Ignorable_Code_Point}(?![\p{L}\p{M}])/gu

/**
 * The text of a page as a person reads it: links are numbered, with their addresses at the end; a table of
 * data stays a table, one used for layout is taken apart; hidden text is left out. Its time and memory depend
 * on the page: don't call it on strangers' bytes in a process that others need.
 */
export function htmlText(html: string): string {
  if (goesTooDeep(html)) return ''
  const links = new Links()
  const text = convert(html, {
    wordwrap: lineLength,
    limits: { maxDepth: 200 },
    formatters: { numbered: links.formatter, dataOrPlace },
    selectors: [
      { selector: 'a', format: 'numbered' },
      { selector: 'img', format: 'skip' },
      { selector: 'hr', options: { length: 20 } },
      { selector: 'tr', format: 'block', options: { leadingLineBreaks: 1, trailingLineBreaks: 1 } },
      { selector: 'td', format: 'inlineSurround', options: { suffix: ' ' } },
      { selector: 'table', format: 'dataOrPlace', options: { leadingLineBreaks: 1, trailingLineBreaks: 1 } },
      ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({
        selector,
        options: { uppercase: false },
      })),
      ...hidden.map((selector) => ({ selector, format: 'skip' })),
    ],
  })
  return tidy(text) + links.list()
}

/** Whether elements stand in so many others that the parser would take longer for each of them: an author can leave them without an end by the hundred thousand. */
function goesTooDeep(html: string): boolean {
  let depth = 0
  let deepest = 0
  const parser = new Parser(
    { onopentagname: () => (deepest = Math.max(deepest, ++depth)), onclosetag: () => depth-- },
    { decodeEntities: false },
  )
  for (let at = 0; at < html.length && deepest <= mostDepth; at += piece)
    parser.write(html.slice(at, at + piece))
  return deepest > mostDepth
}

function tidy(text: string): string {
  return text
    .replace(invisible, '')
    .split('\n')
    .map((line) => line.trimEnd().replace(/\u00a0/gu, ' '))
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/^\n+|\n+$/g, '')
}

/** The links of a page: each address has one number. */
class Links {
  readonly #numbers = new Map<string, number>()

  readonly formatter: Formatter = (element, walk, builder) => {
    walk(element.children, builder)
    const address = element.attribs?.['href']?.trim() ?? ''
    if (!/^(?:https?|mailto|tel):/i.test(address) || !hasText(element)) return
    const number = this.#numbers.get(address) ?? this.#numbers.size + 1
    this.#numbers.set(address, number)
    builder.addInline(` [${number}]`, { noWordTransform: true })
  }

  list(): string {
    const lines = [...this.#numbers].map(
      ([address, number]) => `\n[${number}] ${address.replace(/[\s\p{Cc}]+/gu, '')}`,
    )
    return lines.length > 0 ? `\n${lines.join('')}` : ''
  }
}

/** Recursion is bounded by the parser's limit on depth, and what is deeper counts as empty. */
function hasText(node: DomNode & { readonly data?: string }, depth = 0): boolean {
  if (node.type === 'text') return /\S/.test(node.data ?? '')
  return depth < 50 && (node.children ?? []).some((child) => hasText(child, depth + 1))
}

/** A table with heads or lines has rows and columns that say something. */
const dataOrPlace: Formatter = (element, walk, builder, options) => {
  const { border = '0' } = element.attribs ?? {}
  const isData = hasHeads(element) || (border !== '0' && border !== '')
  const format = builder.options.formatters[isData ? 'dataTable' : 'block']
  format?.(element, walk, builder, { ...options, uppercaseHeaderCells: false, maxColumnWidth: 40 })
}

function hasHeads({ children = [] }: DomNode): boolean {
  return children.some(
    (child) =>
      child.name === 'th' || (['thead', 'tbody', 'tr'].includes(child.name ?? '') && hasHeads(child)),
  )
}
