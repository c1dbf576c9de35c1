// The process in which tests run with a mutant switched on: asked by messages (`trial.ts`), it loads test files when it needs them.
import { pathToFileURL } from 'node:url'
import { type CollectedTest, collectTests, finish } from './node-test.js'

/** Which test, and with which mutant; `learn`: tell which mutants it reaches. */
export interface Ask {
  readonly file: string
  /** None: only say which tests the file has. */
  readonly test?: number
  readonly mutant?: string
  readonly learn?: boolean
  readonly limitMs: number
  /** How often the mutant's place may be passed: a loop that never ends goes past it. */
  readonly hitLimit?: number
}

export interface Answer {
  readonly tests?: readonly string[]
  /** Of CPU: others may work on the machine. */
  readonly ms: number
  /** Why the test failed, if it did. */
  readonly failed?: string
  /** It had not ended in time: what it left may disturb the next one. */
  readonly late?: boolean
  /** What an earlier test had left threw. */
  readonly stray?: boolean
  readonly hits: number
  /** Mutants that were reached, and how often each. */
  readonly reached?: Record<string, number>
  /** Those that were reached while the file was loaded. */
  readonly reachedAtLoad?: readonly string[]
}

/** What the instrumented sources read and write (`@stryker-mutator/instrumenter`). */
interface Switch {
  activeMutant?: string | undefined
  currentTestId?: string | undefined
  hitCount?: number | undefined
  hitLimit?: number | undefined
}

/** The sources keep hold of this very object. */
const coverage = {
  static: {} as Record<string, number>,
  perTest: {} as Record<string, Record<string, number>>,
}
const stryker: Switch = {}
Object.assign(globalThis, { __stryker__: Object.assign(stryker, { mutantCoverage: coverage }) })
const files = new Map<string, CollectedTest[]>()
let strays: (cause: unknown) => void = () => undefined
process.on('uncaughtException', (cause) => strays(cause))
process.on('unhandledRejection', (cause) => strays(cause))

async function answer(ask: Ask): Promise<Answer> {
  stryker.activeMutant = ask.mutant ?? ''
  stryker.hitCount = 0
  stryker.hitLimit = ask.hitLimit ?? Number.POSITIVE_INFINITY
  Object.assign(coverage, { static: {}, perTest: {} })
  stryker.currentTestId = undefined
  try {
    const tests = await load(ask.file)
    const reachedAtLoad = Object.keys(coverage.static)
    const names = tests.map(({ name }) => name)
    const one = ask.test === undefined ? undefined : tests[ask.test]
    if (!one) return { tests: names, ms: 0, hits: 0, reachedAtLoad }
    stryker.currentTestId = 'test'
    const start = process.cpuUsage()
    const end = await within(ask.limitMs, one.run)
    const { user, system } = process.cpuUsage(start)
    return {
      ms: (user + system) / 1000,
      hits: stryker.hitCount,
      ...end,
      reachedAtLoad,
      ...(ask.learn && { reached: coverage.perTest['test'] ?? {} }),
    }
  } catch (cause) {
    return { ms: 0, hits: stryker.hitCount, failed: `not loaded: ${cause}` }
  } finally {
    stryker.activeMutant = ''
  }
}

async function load(file: string): Promise<CollectedTest[]> {
  const known = files.get(file)
  if (known) return known
  const tests = await collectTests(() => import(pathToFileURL(file).href))
  files.set(file, tests)
  return tests
}

/** How often is looked whether a test has had its time; and less CPU than this meanwhile is none. */
const lookEveryMs = 500
const idleMs = 10

type End = Pick<Answer, 'failed' | 'late' | 'stray'>

/** How a test ends; or that it has had its time of CPU, or waits for what never comes. */
function within(limitMs: number, act: () => Promise<void>): Promise<End> {
  return new Promise((resolve) => {
    const start = process.cpuUsage()
    let [beforeMs, idle] = [0, 0]
    const timer = setInterval(() => {
      const { user, system } = process.cpuUsage(start)
      const ms = (user + system) / 1000
      idle = ms - beforeMs < idleMs ? idle + 1 : 0
      beforeMs = ms
      if (Math.max(ms, idle * lookEveryMs) >= limitMs) end({ failed: 'not in time', late: true })
    }, lookEveryMs)
    const end = (outcome: End) => {
      clearInterval(timer)
      // What was thrown beside the test comes a turn later.
      setImmediate(() => resolve(outcome))
    }
    strays = (cause) => end({ failed: words(cause), stray: true })
    act().then(
      () => end({}),
      (cause) => end({ failed: words(cause) }),
    )
  })
}

const words = (cause: unknown): string =>
  (cause instanceof Error ? cause.message : String(cause)).slice(0, 200).replace(/\s+/g, ' ')

process.on('message', (ask: Ask | 'end') => {
  if (ask === 'end') void finish().finally(() => process.exit(0))
  else void answer(ask).then((told) => process.send?.(told))
})
process.on('disconnect', () => process.exit(1))
