// Changes the rules that keep mail from being lost, one small change at a time, and says which of them no test notices:
//   npm run test:mutants [-- --count 500 --seed 16 --seconds 8 --rooms src/outbox,src/submit --tests replica,wire/ src/replica/messages.ts:102 ...]
// Words name the mutants that are tried (a path, with a line, a column and the change behind it perhaps); without any it is a sample of `count` of all. `seconds` is
// how long the tests for one mutant may take, those of its folder first and the quickest of them, and those of one file that are used. Only tests in one process are run: what needs
// programs or servers is left out.
import { readdirSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { basename, dirname, join, normalize, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { seededRandom } from '../test/world/random.js'
import { compileTests } from './build/compile-tests.mjs'
import { learn, type Reach, type Timed } from './mutants/coverage.js'
import { instrument, type Mutant } from './mutants/instrument.js'
import { judge } from './mutants/judge.js'
import { Trial } from './mutants/trial.js'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: 'string', default: '500' },
    rooms: { type: 'string', default: 'src/replica,src/wire,src/sync/policy' },
    seed: { type: 'string' },
    seconds: { type: 'string', default: '8' },
    tests: { type: 'string', default: 'replica/,wire/,sync/' },
  },
})
const seed = Number(values.seed ?? 1 + Math.floor(Math.random() * 1e9))
const budgetMs = Number(values.seconds) * 1000
const words = values.tests.split(',').map((word) => `test/${word}`)
const startedMs = Date.now()
const tell = (line: string): void => console.log(line)

const { mutants, texts } = await instrument(values.rooms.split(','))
const outdir = await compileTests((path, text, folder) =>
  (texts.get(path) ?? text).replaceAll(
    /from 'node:test'/g,
    `from '${pathToFileURL(resolve(folder, 'scripts/mutants/node-test.js'))}'`,
  ),
)
const trial = new Trial(join(outdir, 'scripts/mutants/runner.js'))
try {
  await measure()
} finally {
  await trial.end()
  await rm(outdir, { recursive: true, force: true })
}

async function measure(): Promise<void> {
  const files = testFiles()
  const { tests, reach } = await learn(
    trial,
    files.map((file) => compiled(file)),
    budgetMs,
    tell,
  )
  const testMs = tests.reduce((sum, { ms }) => sum + ms, 0)
  tell(`${tests.length} tests in ${files.length} files, ${(testMs / 1000).toFixed(0)} s once`)
  const chosen = choose()
  tell(`${chosen.length} of ${mutants.length} mutants, seed ${seed}`)
  const counts = { killed: 0, 'timed out': 0, survived: 0, 'not reached': 0 }
  for (const [i, mutant] of chosen.entries()) {
    const reached = reach(mutant)
    const near = reached.atLoad ? { ...reached, ...neighbours(mutant, tests, reach) } : reached
    const { fate, how } = await judge(trial, mutant.id, near, { budgetMs })
    counts[fate]++
    const time = `${Math.round((Date.now() - startedMs) / 1000)} s`
    tell(`${i + 1} ${time} ${fate.toUpperCase()} ${nameOf(mutant)} | ${how}`)
  }
  const dead = counts.killed + counts['timed out']
  tell(`${JSON.stringify(counts)}: ${((100 * dead) / chosen.length).toFixed(1)} % noticed, seed ${seed}`)
}

/** For what is worked out when a file is loaded: the tests that come by anything of that file, and those that are named after it. */
function neighbours({ file }: Mutant, tests: readonly Timed[], reach: (mutant: Mutant) => Reach) {
  const ofFile = mutants.filter((one) => one.file === file).flatMap((one) => reach(one).tests)
  const named = tests.filter((one) => basename(one.file) === basename(file).replace(/ts$/, 'test.js'))
  return { tests: [...new Set([...ofFile, ...named])].sort((a, b) => a.ms - b.ms), passes: [] }
}

function nameOf({ file, line, column, what }: Mutant): string {
  return `${file}:${line}:${column} ${what}`
}

function choose(): readonly Mutant[] {
  if (positionals.length > 0)
    return mutants.filter((mutant) =>
      positionals.some((word) => [':', ' '].some((end) => `${nameOf(mutant)} `.includes(`${word}${end}`))),
    )
  const random = seededRandom(seed)
  const rest = [...mutants]
  const count = Math.min(Number(values.count), rest.length)
  return Array.from({ length: count }, () => rest.splice(random.below(rest.length), 1)).flat()
}

function testFiles(): string[] {
  return readdirSync('test', { recursive: true })
    .map((name) => `test/${name}`)
    .filter((name) => name.endsWith('.test.ts') && words.some((word) => name.startsWith(word)))
    .filter((name) => !needsPrograms(name, new Set()))
    .sort()
}

/** Whether a test file starts programs, itself or by what it imports of `test`. */
function needsPrograms(file: string, seen: Set<string>): boolean {
  if (seen.has(file)) return false
  seen.add(file)
  const text = readFileSync(file, 'utf8')
  if (text.includes("'node:child_process'") || text.includes('/servers/')) return true
  return [...text.matchAll(/ from '(\.[^']*)\.js'/g)]
    .map(([, path]) => normalize(join(dirname(file), `${path}.ts`)))
    .some((path) => path.startsWith('test/') && needsPrograms(path, seen))
}

function compiled(file: string): string {
  return resolve(outdir, file.replace(/ts$/, 'js'))
}
