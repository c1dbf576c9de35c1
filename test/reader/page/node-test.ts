// What programs that run in a browser get for `node:test`: so much of it as suites of ports use. Their results go to whoever runs them.

type Work = (() => void | Promise<void>) | undefined
interface Test {
  readonly name: string
  readonly work: Work
}
interface Suite {
  readonly name: string
  readonly before: NonNullable<Work>[]
  readonly after: NonNullable<Work>[]
  readonly children: (Suite | Test)[]
}

export interface Result {
  readonly name: string
  readonly error?: string
}

const root: Suite = { name: '', before: [], after: [], children: [] }
let open = root

export function describe(name: string, body: () => void): void {
  const suite: Suite = { name, before: [], after: [], children: [] }
  const outer = open
  outer.children.push(suite)
  open = suite
  body()
  open = outer
}

/** Tests that are skipped where they run on Node don't come here. */
export function it(name: string, options: object | Work, work?: Work): void {
  open.children.push({ name, work: typeof options === 'function' ? (options as Work) : work })
}

export const before = (work: NonNullable<Work>): void => void open.before.push(work)
export const after = (work: NonNullable<Work>): void => void open.after.push(work)

export { it as test }

/** Runs all that was described, one after the other, and gives what came of each. */
export function runTests(): Promise<Result[]> {
  return runSuite(root, [])
}

async function runSuite(suite: Suite, path: readonly string[]): Promise<Result[]> {
  const results: Result[] = []
  const attempt = async (name: string, work: Work): Promise<void> => {
    const whole = [...path, name].join(', ')
    try {
      await work?.()
      results.push({ name: whole })
    } catch (error) {
      results.push({ name: whole, error: textOf(error) })
    }
  }
  const hooks = async (what: string, works: readonly NonNullable<Work>[]): Promise<void> => {
    for (const work of works) {
      const { length } = results
      await attempt(what, work)
      if (!results.at(-1)?.error) results.length = length
    }
  }
  await hooks('before', suite.before)
  for (const child of suite.children)
    if ('children' in child) results.push(...(await runSuite(child, [...path, child.name])))
    else await attempt(child.name, child.work)
  await hooks('after', suite.after)
  return results
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? `${error}`) : `${error}`
}
