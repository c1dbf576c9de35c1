import type { Operation } from '../../../replica/operation.js'

/**
 * Waiting operations in the order in which an upstream that may have forgotten them takes them right: a
 * message that has gone here goes there before a copy of it is taken for what the upstream has, or the copy
 * would be taken for that message, and go with it. What is still to be copied there stays until it was.
 */
export function orderRecalled(waiting: readonly Operation[]): Operation[] {
  const sources = new Set(waiting.map((each) => (each.op === 'copy' ? each.source : undefined)))
  const born = new Set(waiting.map(bornBy))
  const goesFirst = (each: Operation): boolean =>
    each.op === 'expunge' && !sources.has(each.message) && !born.has(each.message)
  return [...waiting.filter(goesFirst), ...waiting.filter((each) => !goesFirst(each))]
}

const bornBy = (each: Operation): string | undefined =>
  each.op === 'append' || each.op === 'copy' ? each.message : undefined
