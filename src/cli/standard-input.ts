import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { untilClosed } from './closed-terminal.js'

/**
 * Reads standard input to its end, or no more than `mostBytes` of it. From a keyboard, one line, since nobody
 * expects to end their typing with Ctrl-D. `hidden`: without showing what is typed.
 */
export function readStandardInput(signal: AbortSignal, mostBytes?: number, hidden = false): Promise<string> {
  return process.stdin.isTTY ? readTyped(signal, hidden) : readPiped(mostBytes)
}

/** Reads on to the end, so that whoever writes doesn't break on a closed pipe. */
async function readPiped(mostBytes = Number.POSITIVE_INFINITY): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    if (size < mostBytes) chunks.push(chunk.subarray(0, mostBytes - size))
    size += chunk.length
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** What the signal ends throws its reason. */
async function readTyped(signal: AbortSignal, hidden: boolean): Promise<string> {
  // A line editor that writes into nothing: the terminal itself then shows nothing either.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({
    input: untilClosed(process.stdin),
    signal,
    ...(hidden && { output: nowhere, terminal: true, historySize: 0 }),
  })
  // The keys that end a program come as keys then.
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  try {
    for await (const line of lines) return line
    signal.throwIfAborted()
    return ''
  } finally {
    lines.close()
    if (hidden) process.stderr.write('\n')
  }
}
