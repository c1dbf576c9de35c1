import type { Outline } from '../outline.js'
import type { Entity } from '../skeleton.js'

/**
 * The missing parts of which a readable alternative is here: to show anything in their place would hide that text, since mail programs
 * show the last alternative that they know (RFC 2046 5.1.4).
 */
export function hiddenAlternatives(outline: Outline, here: (part: number) => boolean): Set<number> {
  const hidden = new Set<number>()
  visit(outline.tree)
  return hidden

  /** Whether there is text here in an entity. Recursion is bounded by the limit on depth. */
  function visit(entity: Entity): boolean {
    if (entity.kind === 'part')
      return here(entity.part) && (outline.parts[entity.part]?.type.startsWith('text/') ?? false)
    if (entity.kind === 'message') return visit(entity.child)
    const readable = entity.children.map(visit)
    const any = readable.includes(true)
    if (any && entity.type === 'multipart/alternative')
      entity.children.forEach((child, i) => {
        if (!readable[i]) for (const part of partsOf(child)) if (!here(part)) hidden.add(part)
      })
    return any
  }
}

function partsOf(entity: Entity): number[] {
  if (entity.kind === 'part') return [entity.part]
  return (entity.kind === 'message' ? [entity.child] : entity.children).flatMap(partsOf)
}
