import type { ShownPart } from '../../port.js'
import type { ReaderModel } from '../model/reader-model.js'

type Costs = Pick<ShownPart, 'sizeBytes' | 'heldBytes' | 'seconds' | 'cost'>

/** What is still to come of a part, how long that takes where the line is known, and what it costs where its price is. */
export function partCost({ sizeBytes, heldBytes, seconds, cost }: Costs, { formats }: ReaderModel): string {
  return [
    formats.bytes(sizeBytes - heldBytes),
    ...(seconds === undefined ? [] : [formats.seconds(seconds)]),
    ...(cost ? [formats.money(cost)] : []),
  ].join(' – ')
}

/** The same of several of them; what isn't known of one isn't said of all. */
export function sumOf(parts: readonly Costs[], model: ReaderModel): string {
  const sum = (numbers: readonly (number | undefined)[]): number | undefined =>
    numbers.reduce((all, each) => (all === undefined || each === undefined ? undefined : all + each), 0)
  const seconds = sum(parts.map((part) => part.seconds))
  const amount = sum(parts.map(({ cost }) => cost?.amount))
  const currency = parts[0]?.cost?.currency
  return partCost(
    {
      sizeBytes: sum(parts.map(({ sizeBytes, heldBytes }) => sizeBytes - heldBytes)) ?? 0,
      heldBytes: 0,
      ...(seconds !== undefined && { seconds }),
      ...(amount !== undefined && currency !== undefined && { cost: { amount, currency } }),
    },
    model,
  )
}
