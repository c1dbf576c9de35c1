// Runs node's test runner over every test file below test/ (or those whose path holds a given word).
// Node 20's runner takes no glob patterns, so the files are listed here.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { compileTests } from './build/compile-tests.mjs'

const words = process.argv.slice(2)
const names = readdirSync('test', { recursive: true })
  .map((name) => `test/${name}`)
  .filter(
    (name) => name.endsWith('.test.ts') && (words.length === 0 || words.some((word) => name.includes(word))),
  )
  .sort()
// With no file named, node's runner would look for some of its own.
if (names.length === 0) {
  console.error(`No test file below test/ has ${words.join(' or ')} in its path.`)
  process.exit(2)
}
// More files at once than CI has cores: those that sync over slow lines mostly wait. A file that takes longer than this hangs: it fails, and
// its name is said, and which of its tests had begun.
// Those that cut at every byte take that long only where nothing else runs, and others did beside 50 processes on two cores. What
// `npm run test:more` runs has less: it ends each of its jobs after 25 minutes, and what it ends can't say which file hung.
const limitMs = (process.env.PACKETBOAT_MORE ? 20 : 40) * 60_000
const options = [
  ...['--enable-source-maps', '--require', resolve('scripts/build/follow-tests-only.cjs')],
  ...['--test-concurrency=4', `--test-timeout=${limitMs}`],
]
const compiled = await compileTests()
// Beside what is printed: which files take how long.
const reporters = [
  ...[
    `--test-reporter=${process.stdout.isTTY ? 'spec' : './scripts/build/tap-then-failed.mjs'}`,
    '--test-reporter-destination=stdout',
  ],
  ...['--test-reporter=./scripts/build/seconds-per-file.mjs', '--test-reporter-destination=.tests/seconds'],
]
const files = names.map((name) => `${compiled}/${name.replace(/ts$/, 'js')}`)
const run = spawn(process.execPath, [...options, ...reporters, '--test', ...files], { stdio: 'inherit' })
// A terminal sends these to the tests too: they end first, and what they ran from goes with them.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => run.kill(signal))
const [status] = await once(run, 'exit')
await rm(compiled, { recursive: true, force: true })
process.exit(status ?? 1)
