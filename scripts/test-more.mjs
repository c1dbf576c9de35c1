// What takes longer than `npm test` may: more seeds of the simulation, more kills, closer cuts, longer fuzzing, every version of Node, whole
// installations. With `npm test` before it, it stays under 35 minutes on two cores. The seed is printed, and is the same every time, so that a
// change is judged by what it changes: PACKETBOAT_SEED=N takes another one, and the single scripts take as many as you like.
import { spawnSync } from 'node:child_process'

const seed = Number(process.env.PACKETBOAT_SEED ?? 20_261_128)
const jobs = [
  ['simulate', '--seeds', '60', '--first', `${seed}`],
  ['test:cuts', '--every', '60'],
  ['test:sending'],
  ['test:kills', '--kills', '20', '--seed', `${seed}`],
  ['fuzz', '--seconds', '8', '--seed', `${seed}`],
  ['test:nodes'],
  ['test:installed'],
]
/** Longer than any of them takes. */
const limitMs = 25 * 60_000

let failed = 0
for (const [name, ...args] of jobs) {
  console.log(`npm run ${name} -- ${args.join(' ')}`)
  const startedMs = Date.now()
  const { status } = spawnSync('npm', ['run', '--silent', name, '--', ...args], {
    stdio: 'inherit',
    timeout: limitMs,
  })
  const seconds = Math.round((Date.now() - startedMs) / 1000)
  if (status !== 0) failed++
  console.log(`${name}: ${status === 0 ? 'passed' : 'FAILED'} in ${seconds} s`)
}
console.log(`${jobs.length - failed} passed, ${failed} failed`)
process.exit(failed > 0 ? 1 : 0)
