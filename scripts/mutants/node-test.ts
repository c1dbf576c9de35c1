// Stands for `node:test` where mutants are tried: tests are collected rather than run, so that any of them can be run any number of times in
// one process.

type Act = (t: Context) => unknown
interface Options {
  readonly skip?: boolean | string
}

type What = [name: string, act: Act] | [name: string, options: Options, act: Act]

/** What a test is given. */
interface Context {
  after(act: () => unknown): void
  diagnostic(words: string): void
  skip(): void
}

interface Suite {
  readonly name: string
  readonly skip: boolean
  readonly above?: Suite
  readonly before: Act[]
  readonly beforeEach: Act[]
  readonly after: Act[]
}

export interface CollectedTest {
  readonly name: string
  readonly run: () => Promise<void>
}

const root: Suite = { name: '', skip: false, before: [], beforeEach: [], after: [] }
let suite = root
let collected: CollectedTest[] = []

/** The tests of a file that `load` imports, in its order. */
export async function collectTests(load: () => Promise<unknown>): Promise<CollectedTest[]> {
  collected = []
  await load()
  return collected
}

/** What files registered to be done when all is over. */
export async function finish(): Promise<void> {
  for (const act of root.after) await act(contextOf([]))
}

export function test(...what: What): void {
  const { name, options, act } = read(what)
  const within = suite
  const suites: Suite[] = []
  for (let at: Suite | undefined = within; at; at = at.above) suites.unshift(at)
  if (options.skip || suites.some(({ skip }) => skip)) return
  const path = [...suites.slice(1).map((one) => one.name), name].join(' > ')
  collected.push({ name: path, run: () => runTest(act, suites) })
}

async function runTest(act: Act, suites: readonly Suite[]): Promise<void> {
  const cleaning: (() => unknown)[] = []
  const t = contextOf(cleaning)
  try {
    for (const { before } of suites) for (const prepare of before) await prepare(t)
    for (const { beforeEach } of suites) for (const prepare of beforeEach) await prepare(t)
    await act(t)
  } finally {
    for (const clean of cleaning.reverse()) await clean()
    // Those of whole files come at the end: what they clean up is made when a file is loaded.
    for (const { after } of suites.slice(1)) for (const clean of after) await clean(t)
  }
}

export function describe(...what: What): void {
  const { name, options, act } = read(what)
  const above = suite
  suite = { name, skip: Boolean(options.skip), above, before: [], beforeEach: [], after: [] }
  act(contextOf([]))
  suite = above
}

export const before = (act: Act): void => void suite.before.push(act)
export const beforeEach = (act: Act): void => void suite.beforeEach.push(act)
export const after = (act: Act): void => void suite.after.push(act)
export const it = (...what: What): void => test(...what)
export default (...what: What): void => test(...what)

const read = ([name, ...rest]: What): { name: string; options: Options; act: Act } =>
  rest.length === 1 ? { name, options: {}, act: rest[0] } : { name, options: rest[0], act: rest[1] }

const contextOf = (cleaning: (() => unknown)[]): Context => ({
  after: (act) => void cleaning.push(act),
  diagnostic: () => undefined,
  skip: () => undefined,
})
