import type { Random } from '../world/random.js'
import { mutate } from './mutate.js'
import { type FuzzTarget, readHostile } from './targets.js'

/** The counters that Istanbul puts into instrumented files, by file. */
type Coverage = Readonly<
  Record<string, { readonly s: Record<string, number>; readonly b: Record<string, number[]> }>
>

export interface Exploration {
  readonly inputs: number
  /** Those that did what none before had done. */
  readonly kept: number
  /** Statements and branches that were reached, one reached much more often counting as another. */
  readonly places: number
}

export const inputMaxBytes = 32_768

/**
 * Feeds a target with inputs made from those that led somewhere new, as coverage-guided fuzzers do. `begin` is told each input before it
 * is read, so that somebody outside can name the one that never ends.
 */
export async function explore(
  target: FuzzTarget,
  random: Random,
  run: { readonly goOn: () => boolean; readonly begin: (input: Uint8Array) => void },
): Promise<Exploration> {
  const seen = new Seen()
  const corpus: Uint8Array[] = []
  let inputs = 0
  const feed = async (input: Uint8Array): Promise<void> => {
    inputs++
    run.begin(input)
    seen.clear()
    await readHostile(target, input)
    if (seen.isNew()) corpus.push(input)
  }
  for (const seed of target.seeds) if (seed.length <= inputMaxBytes) await feed(seed)
  if (corpus.length === 0) corpus.push(new Uint8Array(0))
  while (run.goOn()) {
    // The newest lead further more often than the oldest.
    const recent = corpus.slice(-20)
    const base = random.below(2) === 0 ? random.pick(recent) : random.pick(corpus)
    const input = mutate(base, random.pick(corpus), random)
    if (input.length <= inputMaxBytes) await feed(input)
  }
  return { inputs, kept: corpus.length, places: seen.places }
}

/** What has been reached so far: each counter, and its size in powers of two. */
class Seen {
  private readonly counters = Object.values(
    (globalThis as { __coverage__?: Coverage }).__coverage__ ?? {},
  ).flatMap(({ s, b }) => [s as unknown as number[], ...Object.values(b)])
  /** Of each counter of each list, the sizes that were seen, a bit each. */
  private readonly sizes = this.counters.map(
    (list) => new Map<string, number>(Object.keys(list).map((id) => [id, 0])),
  )
  places = 0

  clear(): void {
    for (const list of this.counters) for (const id in list) list[id] = 0
  }

  isNew(): boolean {
    const before = this.places
    for (const [index, list] of this.counters.entries())
      for (const id in list) {
        const count = list[id] ?? 0
        if (count === 0) continue
        const bit = 1 << Math.min(5, Math.floor(Math.log2(count)))
        const sizes = this.sizes[index]?.get(id) ?? 0
        if (sizes & bit) continue
        this.sizes[index]?.set(id, sizes | bit)
        this.places++
      }
    return this.places > before
  }
}
