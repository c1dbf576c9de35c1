import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { createInstrumenter } from 'istanbul-lib-instrument'
import { type Exploration, inputMaxBytes } from '../test/fuzz/explore.js'
import { fuzzTargets } from '../test/fuzz/targets.js'
import type { WorkerTask } from '../test/fuzz/worker-program.js'

/**
 * Coverage-guided fuzzing of everything that reads what others wrote:
 *   npm run fuzz [-- --seconds 60 --seed 17] [TARGET...]
 * A crash, a hang of more than ten seconds of processor time, or memory beyond 700 MB ends it with the input in base64.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string' } },
})

const hangMs = 10_000
const memoryBytes = 700 * 1024 * 1024
const built = fileURLToPath(new URL('..', import.meta.url))

/** Counters into every file of the program, where it was built for this. */
function instrument(): void {
  const instrumenter = createInstrumenter({ esModules: true, compact: false })
  const folder = join(built, 'src')
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!entry.endsWith('.js')) continue
    const path = join(folder, entry)
    writeFileSync(path, instrumenter.instrumentSync(readFileSync(path, 'utf8'), path))
  }
}

/** What the processor has done for us: on a busy machine nothing hangs only because others have their turn. */
function busyMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

function explore(target: string, seed: number): Promise<Exploration & { readonly peakBytes: number }> {
  const present = new SharedArrayBuffer(8 + inputMaxBytes)
  const [counters, bytes] = [new Uint32Array(present, 0, 2), new Uint8Array(present, 8)]
  const workerData: WorkerTask = {
    target,
    seed,
    untilMs: Date.now() + Number(values.seconds) * 1000,
    present,
  }
  const worker = new Worker(new URL('../test/fuzz/worker-program.js', import.meta.url), { workerData })
  return new Promise((resolve, reject) => {
    let [begun, sinceMs, peakBytes] = [-1, busyMs(), 0]
    const fail = (what: string, cause?: unknown): void => {
      clearInterval(watch)
      void worker.terminate()
      const input = Buffer.from(bytes.slice(0, counters[1])).toString('base64')
      reject(new Error(`${target}, seed ${seed}: ${what} on the input ${input}`, { cause }))
    }
    const watch = setInterval(() => {
      const now = Atomics.load(counters, 0)
      if (now !== begun) [begun, sinceMs] = [now, busyMs()]
      else if (begun > 0 && busyMs() - sinceMs > hangMs) fail('it hangs')
      peakBytes = Math.max(peakBytes, process.memoryUsage().rss)
      if (peakBytes > memoryBytes) fail(`it takes ${Math.round(peakBytes / 1e6)} MB`)
    }, 100)
    worker.once('message', (report: Exploration) => {
      clearInterval(watch)
      resolve({ ...report, peakBytes })
    })
    worker.once('error', (error) => fail('it breaks', error))
    // Nothing after a report; before it, the thread has come to wait for what can't happen any more.
    worker.once('exit', () => fail('it never ends'))
  })
}

instrument()
const seed = Number(values.seed ?? 1 + Math.floor(Math.random() * 1e9))
console.log(`seed ${seed}`)
for (const name of positionals.length > 0 ? positionals : Object.keys(await fuzzTargets())) {
  const { inputs, kept, places, peakBytes } = await explore(name, seed)
  const memory = `${Math.round(peakBytes / 1e6)} MB at most`
  console.log(`${name}: ${inputs} inputs, ${kept} of them new, ${places} places reached, ${memory}`)
}
