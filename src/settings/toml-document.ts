import { type AST, getStaticTOMLValue, ParseError, parseTOML } from 'toml-eslint-parser'
import { PacketboatError } from '../errors/packetboat-error.js'
import { printText } from './kind.js'

/** Keys from the top: `['link', 'iridium', 'rate']`; a number is a place in a list. */
export type KeyPath = readonly (string | number)[]

/** A file of TOML as it stands, with the place of each key. */
export interface TomlDocument {
  readonly path: string
  /** The text as it was read, without a byte order mark. */
  readonly text: string
  /** Tables have no prototype, so that no key means anything but itself. */
  readonly root: Readonly<Record<string, unknown>>
  /** The line of a key, or of the nearest table around it. Lines count from 1. */
  lineOf(key: KeyPath): number | undefined
  /** The same text with these values set, all else as it was, comments too. */
  withValues(values: readonly NewValue[]): string
  /** The same text without this value, or this table. */
  withoutValue(key: KeyPath): string
}

export interface NewValue {
  readonly key: KeyPath
  /** The value as TOML. */
  readonly toml: string
}

/** A key as TOML has it: `link.iridium`, `mailbox."Archive/*"`. */
export function printKey(key: KeyPath): string {
  return key.map((part) => (/^[A-Za-z0-9_-]+$/.test(String(part)) ? part : printText(String(part)))).join('.')
}

/** The most characters of a settings file: nobody writes more. */
const maxChars = 1_000_000

/** Whether a line of TOML sets a value that begins like a text without quotes, or with those of a word processor. */
function lacksQuotes(line: string): boolean {
  return /^\s*[\w."*-]+\s*=\s*(?!true\b|false\b)[\p{L}~/\u201c\u201d\u201e\u2018\u2019\u00ab]/u.test(line)
}

/** Reads TOML 1.0. Throws CONFIG with file and line. */
export function parseTomlDocument(path: string, text: string): TomlDocument {
  const failure = (where: string, what: string, cause?: unknown, how = ''): PacketboatError =>
    new PacketboatError('CONFIG', `${path}${where}: ${what}.`, `Correct it in ${path}${how}.`, { cause })
  if (text.length > maxChars) throw failure('', `it has more than ${maxChars} characters`)
  const source = text.replace(/^\uFEFF/, '')
  const root = newTable()
  const lines = new Map<string, number>()
  try {
    collect(topOf(source), root, lines)
  } catch (cause) {
    if (cause instanceof ParseError)
      throw failure(
        `:${cause.lineNumber}`,
        `this is not valid TOML (column ${cause.column + 1}: ${cause.message})`,
        cause,
        lacksQuotes(source.split('\n')[cause.lineNumber - 1] ?? '')
          ? ': a text needs straight quotes, like maildir = "~/Mail"'
          : '',
      )
    if (cause instanceof RangeError) throw failure('', 'it is nested too deep', cause)
    throw cause
  }
  return {
    path,
    text: source,
    root,
    lineOf: (key) => {
      for (let length = key.length; length > 0; length--) {
        const line = lines.get(JSON.stringify(key.slice(0, length)))
        if (line !== undefined) return line
      }
      return undefined
    },
    withValues: (values) => withValues(path, source, values),
    withoutValue: (key) => withoutValue(source, key),
  }
}

function collect(
  top: AST.TOMLTopLevelTable,
  root: Record<string, unknown>,
  lines: Map<string, number>,
): void {
  const note = (key: KeyPath, node: AST.TOMLNode): void => {
    const name = JSON.stringify(key)
    if (!lines.has(name)) lines.set(name, node.loc.start.line)
  }
  const put = (prefix: KeyPath, pair: AST.TOMLKeyValue): void => {
    let key = prefix
    for (const part of pair.key.keys) {
      key = [...key, nameOfKey(part)]
      note(key, part)
    }
    if (pair.value.type === 'TOMLInlineTable') {
      tableAt(root, key)
      for (const each of pair.value.body) put(key, each)
      return
    }
    const name = key.at(-1) ?? ''
    tableAt(root, key.slice(0, -1))[String(name)] = getStaticTOMLValue(pair.value)
    if (pair.value.type === 'TOMLArray')
      for (const [index, element] of pair.value.elements.entries()) note([...key, index], element)
  }
  for (const node of top.body) {
    if (node.type === 'TOMLKeyValue') {
      put([], node)
      continue
    }
    for (const [index, part] of node.key.keys.entries()) note(node.resolvedKey.slice(0, index + 1), part)
    tableAt(root, node.resolvedKey)
    for (const pair of node.body) put(node.resolvedKey, pair)
  }
}

const newTable = (): Record<string, unknown> => Object.create(null) as Record<string, unknown>

/** The table there, made where there is none. The parser has refused keys that would be both table and value. */
function tableAt(root: Record<string, unknown>, key: KeyPath): Record<string, unknown> {
  let table: Record<string, unknown> = root
  for (const [index, part] of key.entries()) {
    const asList = typeof key[index + 1] === 'number'
    table[part] ??= asList ? [] : newTable()
    table = table[part] as Record<string, unknown>
  }
  return table
}

interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** One after the other: each may stand on what the one before has made. Throws CONFIG when the file has no place for one. */
function withValues(path: string, source: string, values: readonly NewValue[]): string {
  return values.reduce((text, { key, toml }) => {
    const { start, end, text: words } = editFor(text, topOf(text), key, toml)
    const result = text.slice(0, start) + words + text.slice(end)
    try {
      topOf(result)
    } catch (cause) {
      throw new PacketboatError(
        'CONFIG',
        `${printKey(key)} can't be added to ${path} in its present form. Nothing was changed.`,
        `Write it yourself: ${printKey(key)} = ${toml}`,
        { cause },
      )
    }
    return result
  }, source)
}

/** The same without a value, or without the table of its own that it is. */
function withoutValue(source: string, key: KeyPath): string {
  const top = topOf(source)
  const table = top.body.find((node) => node.type === 'TOMLTable' && sameKey(node.resolvedKey, key))
  if (table)
    return source.slice(0, lineStart(source, table.range[0])) + source.slice(lineEnd(source, table.range[1]))
  const pair = findPair(top, key)
  if (!pair) return source
  const inline = pair.parent.type === 'TOMLInlineTable' ? pair.parent : undefined
  if (!inline)
    return source.slice(0, lineStart(source, pair.range[0])) + source.slice(lineEnd(source, pair.range[1]))
  const at = inline.body.indexOf(pair)
  const [before, after] = [inline.body[at - 1], inline.body[at + 1]]
  const [start, end] = after
    ? [pair.range[0], after.range[0]]
    : [before ? before.range[1] : pair.range[0], pair.range[1]]
  return source.slice(0, start) + source.slice(end)
}

const lineStart = (source: string, at: number): number => source.lastIndexOf('\n', at - 1) + 1

function lineEnd(source: string, at: number): number {
  const found = source.indexOf('\n', at)
  return found < 0 ? source.length : found + 1
}

const topOf = (source: string): AST.TOMLTopLevelTable => parseTOML(source, { tomlVersion: '1.0' }).body[0]

function editFor(source: string, top: AST.TOMLTopLevelTable, key: KeyPath, toml: string): Edit {
  const there = findValue(top, key)
  if (there) return { start: there.range[0], end: there.range[1], text: toml }
  const parent = key.slice(0, -1)
  const inline = parent.length > 0 ? findValue(top, parent) : undefined
  if (inline?.type === 'TOMLInlineTable') {
    const at = inline.range[1] - 1
    return {
      start: at,
      end: at,
      text: `${inline.body.length > 0 ? ', ' : ''}${printKey(key.slice(-1))} = ${toml}`,
    }
  }
  const table = top.body.find((node) => node.type === 'TOMLTable' && sameKey(node.resolvedKey, parent))
  const sibling = parent.length > 0 && !table ? dottedBelow(top, parent) : undefined
  if (sibling) {
    const at = lineEnd(source, sibling.pair.range[1])
    const own = key.slice(sibling.prefix.length)
    return { start: at, end: at, text: `${lineBreakAfter(source, at)}${printKey(own)} = ${toml}\n` }
  }
  if (parent.length > 0 && !table) {
    const text = `${lineBreakAfter(source, source.length)}\n[${printKey(parent)}]\n${printKey(key.slice(-1))} = ${toml}\n`
    return { start: source.length, end: source.length, text }
  }
  const line = `${printKey(key.slice(-1))} = ${toml}\n`
  const before = table ?? top.body.filter(({ type }) => type === 'TOMLKeyValue').at(-1)
  // Before the first table, or else it would be one of that table's.
  if (!before) {
    const at = top.body.length > 0 ? 0 : source.length
    return { start: at, end: at, text: `${lineBreakAfter(source, at)}${line}` }
  }
  const at = lineEnd(source, before.range[1])
  return { start: at, end: at, text: `${lineBreakAfter(source, at)}${line}` }
}

const lineBreakAfter = (source: string, at: number): string =>
  at === 0 || source[at - 1] === '\n' ? '' : '\n'

const findValue = (top: AST.TOMLTopLevelTable, key: KeyPath): AST.TOMLContentNode | undefined =>
  findPair(top, key)?.value

function findPair(top: AST.TOMLTopLevelTable, key: KeyPath): AST.TOMLKeyValue | undefined {
  const search = (prefix: KeyPath, pairs: readonly AST.TOMLKeyValue[]): AST.TOMLKeyValue | undefined => {
    for (const pair of pairs) {
      const full = [...prefix, ...pair.key.keys.map(nameOfKey)]
      if (sameKey(full, key)) return pair
      if (pair.value.type === 'TOMLInlineTable' && sameKey(full, key.slice(0, full.length))) {
        const inner = search(full, pair.value.body)
        if (inner) return inner
      }
    }
    return undefined
  }
  for (const node of top.body) {
    const found = node.type === 'TOMLKeyValue' ? search([], [node]) : search(node.resolvedKey, node.body)
    if (found) return found
  }
  return undefined
}

/** The last line that makes a table by a dotted key: such a table can't have a header too. */
function dottedBelow(
  top: AST.TOMLTopLevelTable,
  table: KeyPath,
): { readonly pair: AST.TOMLKeyValue; readonly prefix: KeyPath } | undefined {
  const all = top.body.flatMap((node) =>
    node.type === 'TOMLKeyValue'
      ? [{ pair: node, prefix: [] as KeyPath }]
      : node.body.map((pair) => ({ pair, prefix: node.resolvedKey as KeyPath })),
  )
  return all.findLast(({ pair, prefix }) => {
    const full = [...prefix, ...pair.key.keys.map(nameOfKey)]
    return (
      prefix.length < table.length &&
      full.length > table.length &&
      sameKey(full.slice(0, table.length), table)
    )
  })
}

const sameKey = (a: KeyPath, b: KeyPath): boolean =>
  a.length === b.length && a.every((part, index) => part === b[index])

const nameOfKey = (key: AST.TOMLBare | AST.TOMLQuoted): string =>
  key.type === 'TOMLBare' ? key.name : key.value
