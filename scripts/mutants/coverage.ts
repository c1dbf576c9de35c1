import type { Mutant } from './instrument.js'
import type { Trial } from './trial.js'

/** A test that passes without mutants. */
export interface Timed {
  readonly file: string
  readonly test: number
  readonly name: string
  readonly ms: number
}

/** Which tests reach a mutant, quickest first. */
export interface Reach {
  readonly tests: readonly Timed[]
  /** How often each test passes by it, in the order of `tests`. */
  readonly passes: readonly number[]
  /** It is reached when its file is loaded, before any test begins. */
  readonly atLoad: boolean
}

/** Runs every test once without mutants. What fails or takes longer than the limit is told, and left out. */
export async function learn(
  trial: Trial,
  files: readonly string[],
  limitMs: number,
  tell: (words: string) => void,
): Promise<{ tests: Timed[]; reach: (mutant: Mutant) => Reach }> {
  const timed: Timed[] = []
  const reached = new Map<string, Map<Timed, number>>()
  const atLoad = new Set<string>()
  for (const file of files) {
    const listed = await trial.ask({ file, limitMs })
    if (!listed?.tests) tell(`${file} is left out: ${listed?.failed ?? 'it broke'}`)
    for (const id of listed?.reachedAtLoad ?? []) atLoad.add(id)
    for (const [test, name] of (listed?.tests ?? []).entries()) {
      const answer = await trial.ask({ file, test, learn: true, limitMs })
      if (!answer || answer.failed) {
        tell(`${file}: ${name} is left out: ${answer?.failed ?? 'it broke'}`)
        continue
      }
      const one = { file, test, name, ms: answer.ms }
      timed.push(one)
      for (const [id, passes] of Object.entries(answer.reached ?? {})) {
        const tests = reached.get(id) ?? new Map<Timed, number>()
        reached.set(id, tests.set(one, passes))
      }
    }
  }
  const reach = ({ id }: Mutant): Reach => {
    const byTime = [...(reached.get(id) ?? [])].sort(([a], [b]) => a.ms - b.ms)
    return {
      tests: byTime.map(([one]) => one),
      passes: byTime.map(([, passes]) => passes),
      atLoad: atLoad.has(id),
    }
  }
  return { tests: timed, reach }
}
