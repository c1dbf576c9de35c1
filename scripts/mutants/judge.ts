import type { Reach, Timed } from './coverage.js'
import type { Trial } from './trial.js'

export interface Verdict {
  readonly fate: 'killed' | 'timed out' | 'survived' | 'not reached'
  /** What killed it, or how many tests it lived through. */
  readonly how: string
}

/** No test is given less CPU than this, whatever it took without the mutant. */
const leastLimitMs = 2000
/** A mutant that makes a test this much slower is noticed. */
const slower = 5

/** Runs the tests that reach a mutant, until one notices it. */
export async function judge(
  trial: Trial,
  mutant: string,
  { tests, passes, atLoad }: Reach,
  { budgetMs }: { budgetMs: number },
): Promise<Verdict> {
  // What a file works out when it is loaded, or once for all, is as the mutant has it in a process of its own only.
  if (atLoad) trial.stop()
  let spentMs = 0
  let ran = 0
  const unseen: [Timed, number][] = []
  try {
    for (const [i, test] of tests.entries()) {
      if (spentMs + test.ms > budgetMs) break
      spentMs += test.ms
      ran++
      const hitLimit = (passes[i] ?? 0) * 100 + 10_000
      const end = await attempt(trial, test, mutant, hitLimit, atLoad)
      if (end === 'unseen') unseen.push([test, hitLimit])
      else if (end) return end
    }
    // No test came by: in a process of its own the first one does.
    for (const [test, hitLimit] of atLoad || unseen.length < ran ? [] : unseen.slice(0, 3)) {
      trial.stop()
      const end = await attempt(trial, test, mutant, hitLimit, true)
      if (end && end !== 'unseen') return end
    }
  } finally {
    if (atLoad) trial.stop()
  }
  return ran === 0
    ? { fate: 'not reached', how: 'no test' }
    : { fate: 'survived', how: `${ran} of ${tests.length} tests` }
}

/**
 * None: the test passes. `unseen`: it did not come by the mutant's place, since another test had what is done there once for all.
 *
 * @param apart what the mutant has done stays in its process.
 */
async function attempt(
  trial: Trial,
  test: Timed,
  mutant: string,
  hitLimit: number,
  apart: boolean,
): Promise<Verdict | 'unseen' | undefined> {
  let limitMs = Math.max(leastLimitMs, slower * test.ms)
  for (let round = 0; round < 3; round++) {
    const { file, test: number } = test
    const answer = await trial.ask({ file, test: number, mutant, limitMs, hitLimit })
    if (answer && !answer.failed) return answer.hits === 0 ? 'unseen' : undefined
    const late = !answer || answer.late === true
    if (apart) trial.stop()
    // Without the mutant it must pass, in the same process if that can be, and be as much quicker as is wanted.
    const without = await trial.ask({ file, test: number, limitMs: 60_000 })
    if (without && !without.failed && (!late || without.ms * slower <= limitMs))
      return late
        ? { fate: 'timed out', how: test.name }
        : { fate: 'killed', how: `${test.name}: ${answer.failed}` }
    limitMs = Math.max(limitMs, 2 * slower * (without?.ms ?? limitMs))
    trial.stop()
  }
  return undefined
}
