import { runTests } from './node-test.js'

/** What the test on Node said when it started this program. */
export function argument<T>(): T {
  return JSON.parse(self.name)
}

/** Does the work and tells the test on Node what came of it. */
export function answer(work: () => Promise<unknown>): void {
  work().then(
    (value) => self.postMessage({ value }),
    (error) => self.postMessage({ error: error instanceof Error ? error.stack : `${error}` }),
  )
}

/** Runs the tests that the program has described. */
export function answerWithTests(): void {
  answer(runTests)
}
