// What takes longer than `npm test` may: more seeds of the simulation, more kills, closer cuts, longer fuzzing, a browser, every version of Node,
// whole installations. With `npm test` before it, it stays under 35 minutes on two cores. The seed is printed, and is the same every time, so that a
// change is judged by what it changes: PACKETBOAT_SEED=N takes another one, and the single scripts take as many as you like.
import { runJobs } from './build/run-jobs.mjs'

const seed = Number(process.env.PACKETBOAT_SEED ?? 20_261_128)
const jobs = [
  ['simulate', '--seeds', '60', '--first', `${seed}`],
  ['simulate', '--found'],
  ['test:cuts', '--every', '60'],
  ['test:sending'],
  ['test:kills', '--kills', '20', '--seed', `${seed}`],
  ['fuzz', '--seconds', '8', '--seed', `${seed}`],
  ['test:reader'],
  ['test:nodes'],
  ['test:installed'],
]
/** Longer than any of them takes. */
const limitMs = 25 * 60_000

process.exitCode = await runJobs(
  jobs.map(([name, ...args]) => ({ name, command: 'npm', args: ['run', '--silent', name, '--', ...args] })),
  limitMs,
)
