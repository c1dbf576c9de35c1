import { SimulationFailure } from './outcome.js'
import { type Action, type Script, usualSteps } from './script.js'
import { simulate } from './world.js'

export interface ShrunkFailure {
  readonly script: Script
  /** The indexes of the actions that are left. */
  readonly kept: readonly number[]
  readonly failure: SimulationFailure
}

/** The script with only these actions. */
export function keeping(script: Script, kept: readonly number[]): Script {
  return {
    ...script,
    actions: kept
      .map((index) => script.actions[index])
      .filter((action): action is Action => action !== undefined),
  }
}

/** Leaves out what a failure doesn't need: halves, quarters, ... single actions, as long as something still fails. */
export async function shrink(script: Script, first: SimulationFailure): Promise<ShrunkFailure> {
  let kept = script.actions.map((_, index) => index)
  let failure = first
  let tries = 0
  for (let size = Math.ceil(kept.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < kept.length && tries < 400; ) {
      const fewer = [...kept.slice(0, at), ...kept.slice(at + size)]
      tries++
      const still = await failureOf(keeping(script, fewer))
      if (still) {
        kept = fewer
        failure = still
      } else at += size
    }
  }
  return { script, kept, failure }
}

async function failureOf(script: Script): Promise<SimulationFailure | undefined> {
  try {
    await simulate(script)
    return undefined
  } catch (error) {
    if (error instanceof SimulationFailure) return error
    throw error
  }
}

/** What to type to see it again. */
export function reproduction({ script, kept }: ShrunkFailure): string {
  const steps = script.steps === usualSteps ? '' : ` --steps ${script.steps}`
  return `npm run simulate -- --seed ${script.seed}${steps} --keep ${kept.join(',')}`
}
