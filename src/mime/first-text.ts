import type { Outline } from './outline.js'
import type { Entity } from './skeleton.js'

/** A text of fewer bytes says nothing by itself: an empty alternative, a blank line before a picture. */
const tellingBytes = 16

/**
 * The parts that a person reads first, in order: the first inline text, plain rather than HTML where both say
 * the same. More than one only if the first is nearly empty; none for a message without readable text. Needs
 * an outline that was checked.
 */
export function firstText(outline: Outline): number[] {
  const chosen: number[] = []
  choose(outline, outline.tree, chosen)
  return chosen
}

/** Adds what should be read of an entity; true once there is something that says anything. Recursion is bounded by the limit on depth. */
function choose(outline: Outline, entity: Entity, chosen: number[]): boolean {
  if (entity.kind === 'message') return choose(outline, entity.child, chosen)
  if (entity.kind === 'part') {
    const part = outline.parts[entity.part]
    if (!part?.type.startsWith('text/') || part.disposition === 'attachment') return false
    chosen.push(entity.part)
    return part.size >= tellingBytes
  }
  if (entity.type === 'multipart/encrypted') return false
  // What is signed is the first of two children, the other one the signature (RFC 1847 2.1).
  if (entity.type === 'multipart/signed')
    return entity.children.slice(0, 1).some((child) => choose(outline, child, chosen))
  if (entity.type !== 'multipart/alternative')
    return entity.children.some((child) => choose(outline, child, chosen))
  const ranked = entity.children
    .map((child) => ({ child, rank: rankOf(outline, child) }))
    .sort((a, b) => a.rank - b.rank)
  return ranked.some(({ child, rank }) => rank < unreadable && choose(outline, child, chosen))
}

const unreadable = 4

/** Lower is better to read on a terminal and cheaper to send. */
function rankOf(outline: Outline, entity: Entity): number {
  if (entity.kind !== 'part') return 2
  const type = outline.parts[entity.part]?.type ?? ''
  if (type === 'text/plain') return 0
  if (type === 'text/html') return 1
  return type === 'text/calendar' || !type.startsWith('text/') ? unreadable : 3
}

/** Beside so much more HTML a plain text of so few bytes only says where the page is to be found. */
const hollow = { upToBytes: 512, timesLess: 16 }

/** The page that a plain text stands beside which says next to nothing for it; undefined where the text may well say all. */
export function pageBeside(outline: Outline, text: number): number | undefined {
  const most = outline.parts[text]
  if (most?.type !== 'text/plain' || most.size > hollow.upToBytes) return undefined
  const page = alternativesOf(outline.tree, text)
    .flatMap(leavesOf)
    .find((part) => outline.parts[part]?.type === 'text/html')
  const { size = 0 } = page === undefined ? {} : (outline.parts[page] ?? {})
  return size >= hollow.timesLess * most.size ? page : undefined
}

/** What stands beside a part in a multipart/alternative. Recursion is bounded by the limit on depth. */
function alternativesOf(entity: Entity, part: number): readonly Entity[] {
  if (entity.kind === 'part') return []
  if (entity.kind === 'message') return alternativesOf(entity.child, part)
  const { type, children } = entity
  const isHere = children.some((child) => child.kind === 'part' && child.part === part)
  if (isHere) return type === 'multipart/alternative' ? children : []
  return children.flatMap((child) => alternativesOf(child, part))
}

function leavesOf(entity: Entity): readonly number[] {
  if (entity.kind === 'part') return [entity.part]
  return entity.kind === 'message' ? [] : entity.children.flatMap(leavesOf)
}
