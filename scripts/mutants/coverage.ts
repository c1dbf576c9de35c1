import { dirname } from 'node:path'
import type { Mutant } from './instrument.js'
import type { Trial } from './trial.js'

/** A test that passes without mutants. */
export interface Timed {
  readonly file: string
  readonly test: number
  readonly name: string
  /** Of CPU. */
  readonly ms: number
}

/** Which tests reach a mutant: first those of its own folder, each time quickest first. */
export interface Reach {
  readonly tests: readonly Timed[]
  /** How often each test passes by it, in the order of `tests`. */
  readonly passes: readonly number[]
  /** It is reached when its file is loaded, before any test begins. */
  readonly atLoad: boolean
}

/** Runs tests once without mutants, each file's as `runFile` does. What fails is told, and left out. */
export async function learn(
  trial: Trial,
  files: readonly string[],
  limitMs: number,
  tell: (words: string) => void,
): Promise<{ tests: Timed[]; reach: (mutant: Mutant) => Reach }> {
  const tests: Timed[] = []
  const reached = new Map<string, Map<Timed, number>>()
  const atLoad = new Set<string>()
  for (const file of files)
    for await (const { test, passes, loaded, failed } of runFile(trial, file, limitMs)) {
      for (const id of loaded) atLoad.add(id)
      if (failed !== undefined) tell(`${file}: ${test?.name ?? 'all'} is left out: ${failed}`)
      if (!test || failed !== undefined) continue
      tests.push(test)
      for (const [id, times] of Object.entries(passes))
        reached.set(id, (reached.get(id) ?? new Map<Timed, number>()).set(test, times))
    }
  const reach = ({ id, file }: Mutant): Reach => {
    const folder = dirname(file).replace(/^src/, '/test')
    const isFar = (test: Timed): number => Number(!test.file.includes(`${folder}/`))
    const inOrder = [...(reached.get(id) ?? [])].sort(([a], [b]) => isFar(a) - isFar(b) || a.ms - b.ms)
    return {
      tests: inOrder.map(([one]) => one),
      passes: inOrder.map(([, passes]) => passes),
      atLoad: atLoad.has(id),
    }
  }
  return { tests, reach }
}

const patienceMs = 60_000

interface Run {
  readonly test?: Timed
  /** How often it passed by each mutant. */
  readonly passes: Readonly<Record<string, number>>
  /** Mutants that were reached when the file was loaded. */
  readonly loaded: readonly string[]
  readonly failed?: string
}

/** The tests of a file until they have taken `limitMs` in all: of a file with more than that the first ones serve. */
async function* runFile(trial: Trial, file: string, limitMs: number): AsyncGenerator<Run> {
  const listed = await trial.ask({ file, limitMs: patienceMs })
  const loaded = listed?.reachedAtLoad ?? []
  if (!listed?.tests) yield { passes: {}, loaded, failed: listed?.failed ?? 'it broke' }
  let leftMs = limitMs
  for (const [number, name] of (listed?.tests ?? []).entries()) {
    if (leftMs <= 0) return
    const answer = await trial.ask({ file, test: number, learn: true, limitMs: patienceMs })
    leftMs -= answer?.ms || limitMs
    const failed = answer ? answer.failed : 'it broke'
    yield {
      test: { file, test: number, name, ms: answer?.ms ?? limitMs },
      passes: answer?.reached ?? {},
      loaded,
      ...(failed !== undefined && { failed }),
    }
    if (!answer || answer.late) return
  }
}
