import { createInterface } from 'node:readline'

/** Standard input to its end, or of more than `mostBytes` the beginning. From a keyboard one line: nobody ends with Ctrl-D what was to be typed. */
export function readStandardInput(signal: AbortSignal, mostBytes?: number): Promise<string> {
  return process.stdin.isTTY ? readTyped(signal) : readPiped(mostBytes)
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
async function readTyped(signal: AbortSignal): Promise<string> {
  const lines = createInterface({ input: process.stdin, signal })
  try {
    for await (const line of lines) return line
    signal.throwIfAborted()
    return ''
  } finally {
    lines.close()
  }
}
