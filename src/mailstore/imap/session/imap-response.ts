import { UidSet } from './uid-set.js'

/** What imapflow's parser makes of a response, as far as it is read here. */
export type ImapNode =
  | { readonly type?: string; readonly value?: unknown; readonly section?: readonly ImapNode[] }
  | readonly ImapNode[]
  | null

export interface ImapResponse {
  readonly command?: string
  readonly attributes?: readonly ImapNode[]
  /** The numbers of a SEARCH response. */
  readonly numbers?: readonly number[]
}

export function isList(node: ImapNode | undefined): node is readonly ImapNode[] {
  return Array.isArray(node)
}

/** Whatever else a parser may put there. */
function isObject(node: ImapNode | undefined): node is Exclude<ImapNode, null | readonly ImapNode[]> {
  return typeof node === 'object' && node !== null && !isList(node)
}

/** An atom, a string or a short literal. Undefined for lists and NIL. */
export function textOf(node: ImapNode | undefined): string | undefined {
  if (!isObject(node) || !('value' in node)) return undefined
  const { value } = node as { readonly value?: unknown }
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8')
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
}

/** A mailbox's name, one character for each byte: servers write them in all ways (`mend-line.ts`). */
export function nameOf(node: ImapNode | undefined): string | undefined {
  if (!isObject(node)) return undefined
  const { value } = node as { readonly value?: unknown }
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1')
  return typeof value === 'string' ? Buffer.from(value).toString('latin1') : undefined
}

export function bytesOf(node: ImapNode | undefined): Uint8Array | undefined {
  if (!isObject(node)) return undefined
  const { value } = node as { readonly value?: unknown }
  if (value instanceof Uint8Array) return value
  return typeof value === 'string' ? Buffer.from(value, 'latin1') : undefined
}

/** A count, a UID, a size: no more digits than it can have. */
export function numberOf(node: ImapNode | undefined): number | undefined {
  const text = textOf(node)
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

/** A list's texts. */
export function textsOf(node: ImapNode | undefined): string[] {
  return isList(node) ? node.flatMap((item) => textOf(item) ?? []) : []
}

/** `NAME value NAME value`, by upper-case name: the items of FETCH and STATUS. `BODY[...]` is called BODY. */
export function itemsOf(node: ImapNode | undefined): Map<string, ImapNode> {
  const items = new Map<string, ImapNode>()
  if (!isList(node)) return items
  for (let at = 0; at + 1 < node.length; at += 2) {
    const name = textOf(node[at])
    if (name !== undefined) items.set(name.toUpperCase(), node[at + 1] ?? null)
  }
  return items
}

/** A response code, `[NAME argument...]` (RFC 9051 7.1). */
export interface ResponseCode {
  readonly name: string
  readonly arguments: readonly ImapNode[]
}

export function codeOf(response: ImapResponse | undefined): ResponseCode | undefined {
  const first = response?.attributes?.[0]
  if (!isObject(first)) return undefined
  const { section } = first as { readonly section?: readonly ImapNode[] }
  const name = textOf(section?.[0])
  return section && name !== undefined ? { name: name.toUpperCase(), arguments: section.slice(1) } : undefined
}

/** The UIDs of `VANISHED (EARLIER) 1:3,5` and `VANISHED 4` (RFC 7162 3.2.10). */
export function vanishedOf({ attributes = [] }: ImapResponse): UidSet {
  return UidSet.parse(textOf(attributes.at(-1)) ?? '')
}

/** `(OBJECTID)` of RFC 8474. What is none is a server's slip (Cyrus 3.6 gives freed memory as a mailbox's in STATUS). */
export function objectId(node: ImapNode | undefined): string | undefined {
  const text = textOf(isList(node) ? node[0] : node)
  return text !== undefined && /^[\w-]{1,255}$/.test(text) ? text : undefined
}
