/** Lets others have their turn. */
export type Turn = () => Promise<void>

/** Does all steps of some work, with a turn of everybody else between any two. */
export async function inTurns<T>(steps: Generator<undefined, T>, turn: Turn | undefined): Promise<T> {
  let step = steps.next()
  while (!step.done) {
    await turn?.()
    step = steps.next()
  }
  return step.value
}
