import { type ImapNode, isList, numberOf, textOf } from '../session/imap-response.js'

/**
 * How many bytes the body of each leaf has, in order, from a BODYSTRUCTURE (RFC 9051 7.5.2). Undefined when
 * it isn't one, or has no end. The caller must check it against the message: servers differ in what they take
 * for a part.
 */
export function bodySizesOf(structure: ImapNode | undefined): number[] | undefined {
  const sizes: number[] = []
  return structure && addSizes(structure, sizes, 1) ? sizes : undefined
}

/** What is beyond these isn't split either: a message of more is read as a whole. */
const mostDepth = 50
const mostLeaves = 1000

/** Places in what describes a leaf. */
const encodingAt = 5
const sizeAt = 6
const messageAt = 8

/** False when something is wrong. Recursion is bounded by the depth. */
function addSizes(node: ImapNode, sizes: number[], depth: number): boolean {
  if (!isList(node) || depth > mostDepth || sizes.length >= mostLeaves) return false
  if (isList(node[0])) {
    const end = node.findIndex((child) => !isList(child))
    return node.slice(0, end < 0 ? node.length : end).every((child) => addSizes(child, sizes, depth + 1))
  }
  const [type = '', subtype = '', encoding = ''] = [node[0], node[1], node[encodingAt]].map((each) =>
    textOf(each)?.toLowerCase(),
  )
  const within = node[messageAt]
  const nests =
    type === 'message' &&
    /^(?:rfc822|global)$/.test(subtype) &&
    !/^(?:base64|quoted-printable)$/.test(encoding)
  if (nests && within) return addSizes(within, sizes, depth + 1)
  const size = numberOf(node[sizeAt])
  if (size !== undefined) sizes.push(size)
  return size !== undefined
}
