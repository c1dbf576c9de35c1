import { ownCall } from './apart/own-call.js'
import { leaveClosedTerminal, untilClosed } from './closed-terminal.js'
import { exitCodes } from './exit-codes.js'
import type { Shell } from './program.js'
import { sendmailCall } from './sendmail/called-as.js'
import { readStandardInput } from './standard-input.js'

/** The process around the program: arguments, signals, streams. `version` is that of the package. */
export async function run(version: string): Promise<void> {
  const own = ownCall(process.argv)
  if (own?.own === 'picture')
    return (await import('../pictures/picture-process.js')).runPictureProcess(own.args)
  if (own) return (await import('../gist/gist-process.js')).runGistProcess(own.args)
  leaveClosedTerminal(process)
  // When nothing is left to be done. Left to itself, Node would take its heap down piece by piece.
  process.once('beforeExit', () => process.exit())
  const stop = new AbortController()
  let heedHangups = 0
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(name, () => {
      if (name === 'SIGHUP' && heedHangups > 0) return
      // The second time somebody means it: everything durable is in the store already.
      if (stop.signal.aborted) process.exit(130)
      stop.abort()
    })
  // The reader of the output may have gone (packetboat config show | head), or its disk may be full: the work goes on without it.
  let unwritten = false
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || unwritten) return
    unwritten = true
    process.stderr.write(`packetboat: What it prints can't be written: ${error.message}.\n`)
    process.exitCode ||= exitCodes.mailStore
  })
  process.stderr.on('error', () => undefined)
  let keyboard: NodeJS.ReadStream | undefined
  const shell: Shell = {
    streams: {
      stdout: (line) => process.stdout.write(line),
      stderr: (line) => process.stderr.write(line),
      bytes: process.stdout.isTTY ? undefined : writeBytes,
      styled: process.stdout.isTTY && process.stdout.hasColors(),
      // A serial console says 0.
      columns: { stdout: process.stdout.columns || undefined, stderr: process.stderr.columns || undefined },
    },
    env: process.env,
    signal: stop.signal,
    onHangup: (run) => {
      heedHangups++
      process.on('SIGHUP', run)
      return () => {
        heedHangups--
        process.removeListener('SIGHUP', run)
      }
    },
    stdin: (mostBytes, hidden) => readStandardInput(stop.signal, mostBytes, hidden),
    // Node opens standard input when it is first asked for it, and most commands never do.
    get keyboard() {
      keyboard ??= process.stdin.isTTY ? untilClosed(process.stdin) : undefined
      return keyboard
    },
    terminal: process.stderr.isTTY ? process.stderr : undefined,
    version,
    self: [process.execPath, process.argv[1] ?? ''],
    page:
      process.stdout.isTTY && process.stdin.isTTY
        ? async (text) => (await import('./text/pager.js')).page(text, process.stdout, process.env)
        : undefined,
  }
  const runCommand = async (args: readonly string[]): Promise<number> =>
    (await import('./main.js')).main(args, shell)
  const call = sendmailCall(process.argv)
  const exit = call
    ? await (await import('./sendmail/run-sendmail.js')).runSendmail(call, shell, runCommand)
    : await runCommand(process.argv.slice(2))
  process.exitCode = exit === exitCodes.done && unwritten ? exitCodes.mailStore : exit
}

/** Returns when it has left: what is printed may be longer than memory is large. */
function writeBytes(chunk: Uint8Array): Promise<void> {
  return new Promise((resolve) => process.stdout.write(chunk, () => resolve()))
}
