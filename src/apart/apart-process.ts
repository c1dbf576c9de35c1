import { writeFileSync } from 'node:fs'
import { setPriority } from 'node:os'
import { Worker } from 'node:worker_threads'

/** What every process does that `runApart` has started. */

/** Everything else on this machine goes first; where memory runs out, this goes and no other. It ends by itself in so many ms. */
export function liveApart(mostMs: number): void {
  try {
    setPriority(19)
    writeFileSync('/proc/self/oom_score_adj', '1000')
  } catch {
    // No Linux, or not allowed.
  }
  setTimeout(() => process.exit(1), mostMs)
}

/** Ends the process where it takes more memory than that, also while its only thread is at work. */
export function boundMemory(mostBytes: number): void {
  const watch = `setInterval(() => process.memoryUsage.rss() > ${mostBytes} && process.kill(process.pid, 'SIGKILL'), 20)`
  new Worker(watch, { eval: true }).unref()
}

/** Reads all of its input. */
export async function readInput(): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** Returns when it has left. */
export function writeOutput(...bytes: Uint8Array[]): Promise<void> {
  return new Promise((resolve) => process.stdout.write(Buffer.concat(bytes), () => resolve()))
}
