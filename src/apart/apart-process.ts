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

/** Ends the process where it takes more memory or time than that, also while its only thread is at work, and whoever started it is no more. */
export function boundApart({
  mostBytes,
  mostMs,
}: {
  readonly mostBytes: number
  readonly mostMs: number
}): void {
  const isOver = `process.memoryUsage.rss() > ${mostBytes} || performance.now() > ${mostMs}`
  const watch = `setInterval(() => (${isOver}) && process.kill(process.pid, 'SIGKILL'), 20)`
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
