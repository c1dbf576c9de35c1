import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'

const node = process.execPath
const jobs = [
  {
    name: 'fails',
    command: node,
    args: ['-e', 'for (let i = 0; i < 100; i++) console.log("line", i); process.exit(7)'],
  },
  {
    name: 'killed',
    command: node,
    args: ['-e', "console.error('the disk is full'); process.kill(process.pid, 'SIGKILL')"],
  },
  { name: 'missing', command: '/nowhere/at/all', args: [] },
  { name: 'fine', command: node, args: ['-e', 'console.log("word\\n".repeat(1000))'] },
]

test('the last lines say which jobs failed, how, and what each printed last', () => {
  const { stdout, status } = run(jobs)
  assert.equal(status, 1)
  const [before, ...told] = stdout.split(/\n(?=\w+ FAILED \()/)
  assert.match(before ?? '', /^fine: passed in \d+ s$/m)
  assert.match(before ?? '', /^fails: FAILED \(exit code 7\) in \d+ s$/m)
  const lines = Array.from({ length: 30 }, (_, at) => `  line ${at + 70}\n`).join('')
  assert.deepEqual(told, [
    `fails FAILED (exit code 7). What it printed last:\n${lines}`,
    'killed FAILED (SIGKILL). What it printed last:\n  the disk is full\n',
    'missing FAILED (spawn /nowhere/at/all ENOENT). What it printed last:\n\n1 passed, 3 failed: fails, killed, missing\n',
  ])
})

test('a job that hangs is ended with what it started, and has failed', () => {
  const hangs = { name: 'hangs', command: '/bin/sh', args: ['-c', 'sleep 600 & wait'] }
  // It ends when nobody holds its output any longer: neither does what the job left behind.
  const { stdout, status } = run([hangs], 500)
  assert.equal(status, 1)
  assert.match(
    stdout,
    /\nhangs FAILED \(still running after 0.5 s\)\. What it printed last:\n\n0 passed, 1 failed: hangs\n$/,
  )
})

test('when all have passed, it ends with 0 and says so', () => {
  const { stdout, status } = run(jobs.slice(-1))
  assert.equal(status, 0)
  assert.match(stdout, /\n1 passed, 0 failed\n$/)
  assert.doesNotMatch(stdout, /FAILED/)
})

function run(listed: readonly object[], limitMs = 120_000): { stdout: string; status: number | null } {
  const module = join(import.meta.dirname, '../../scripts/build/run-jobs.mjs')
  const program = `import { runJobs } from ${JSON.stringify(module)}
    process.exitCode = await runJobs(${JSON.stringify(listed)}, ${limitMs})`
  return spawnSync(node, ['--input-type=module', '-e', program], { encoding: 'utf8' })
}
