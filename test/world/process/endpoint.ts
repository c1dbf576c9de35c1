import { startCall } from './call.js'
import { type Program, type ProgramOptions, type RunResult, startProgram } from './program.js'

/** A `packetboat serve` that listens. */
export interface Endpoint {
  /** HOST:PORT. */
  readonly address: string
  /** When it has ended, however it did. */
  readonly ended: Promise<RunResult>
  kill(signal: NodeJS.Signals): Promise<RunResult>
  /** Ends it however it can be ended, when the test has ended. */
  close(): Promise<unknown>
}

/** As a process of its own: it can be killed. */
export async function startEndpoint(args: readonly string[], options: ProgramOptions): Promise<Endpoint> {
  const program = startProgram(args, options)
  const close = (): Promise<unknown> => program.kill('SIGKILL').catch(() => undefined)
  return { address: await addressOf(program, close), ended: program.ended, kill: program.kill, close }
}

/** Within this process, which takes less CPU: it can only be told to stop. */
export async function callEndpoint(args: readonly string[], options: ProgramOptions): Promise<Endpoint> {
  const call = startCall(args, options)
  let isOver = false
  const end = (): void => {
    isOver = true
  }
  call.ended.then(end, end)
  return {
    address: await addressOf(call, call.stop),
    ended: call.ended,
    kill: async (signal) => {
      if (signal !== 'SIGTERM' && !isOver) throw new Error(`${signal} needs a world with endpoint: 'process'`)
      return call.stop()
    },
    close: call.stop,
  }
}

async function addressOf({ event }: Pick<Program, 'event'>, close: () => Promise<unknown>): Promise<string> {
  try {
    return String((await event('listening'))['address'])
  } catch (error) {
    await close()
    throw error
  }
}
