// Runs node's test runner over every test file below test/ (or those whose path holds a given word).
// Node 20's runner takes no glob patterns, so the files are listed here.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'

const words = process.argv.slice(2)
const files = readdirSync('test', { recursive: true })
  .map((name) => `test/${name}`)
  .filter(
    (name) => name.endsWith('.test.ts') && (words.length === 0 || words.some((word) => name.includes(word))),
  )
  .sort()
// More files at once than CI has cores: those that sync over slow lines mostly wait. A file that takes longer than this hangs: it fails, and
// its name is said.
const limitMs = 20 * 60_000
const options = ['--test-concurrency=4', `--test-timeout=${limitMs}`]
const run = spawnSync(process.execPath, ['--import', 'tsx', '--test', ...options, ...files], {
  stdio: 'inherit',
})
process.exit(run.status ?? 1)
