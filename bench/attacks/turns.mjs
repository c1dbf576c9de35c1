// Loaded into the endpoint before its program: notes each turn of its event loop that takes long, a line each, with when it ended (ms since 1970), its
// processor time and how long it took (both in ms). Read by `turns.ts`.
import { appendFileSync } from 'node:fs'

const file = process.env.PACKETBOAT_BENCH_TURNS
const noteFromMs = 20
const lookEveryMs = 2

if (file !== undefined) {
  let [cpu, atMs] = [process.cpuUsage(), performance.now()]
  setInterval(() => {
    const [since, tookMs] = [process.cpuUsage(cpu), performance.now() - atMs]
    // Threads that collect garbage count too, and no turn has more than its time.
    const cpuMs = Math.min(tookMs, (since.user + since.system) / 1000)
    if (tookMs >= noteFromMs) appendFileSync(file, `${Date.now()} ${cpuMs.toFixed(1)} ${tookMs.toFixed(1)}\n`)
    ;[cpu, atMs] = [process.cpuUsage(), performance.now()]
  }, lookEveryMs).unref()
}
