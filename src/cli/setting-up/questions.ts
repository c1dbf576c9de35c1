import { hasCode, PacketboatError } from '../../errors/packetboat-error.js'
import type { CommandContext } from '../command-context.js'
import { plainText } from '../text/plain-text.js'
import { untilClosed } from '../text/until-closed.js'

/** Where `packetboat setup` asks, as the library for questions takes it. */
export interface Asking {
  readonly input: NodeJS.ReadStream
  readonly output: NodeJS.WriteStream
  readonly signal: AbortSignal
}

/** Throws USAGE where there is nobody to ask. */
export function askingOn({ keyboard, terminal, signal, output }: CommandContext): Asking {
  if (keyboard && terminal && !output.json)
    return { input: keyboard, output: terminal, signal: untilClosed(signal, keyboard) }
  throw new PacketboatError(
    'USAGE',
    'packetboat setup asks questions, and there is no terminal to ask on.',
    'Without one: packetboat init @FILE --maildir PATH, then packetboat sync. For an endpoint: packetboat account add NAME maildir:PATH, then packetboat serve.',
  )
}

/** Asks. Ctrl-C or Ctrl-D at a question, or between two of them, ends all; `next` says how to go on. Throws INTERRUPTED. */
export async function asked<T>(ask: () => Promise<T>, sofar: string, next: string): Promise<T> {
  try {
    return await ask()
  } catch (cause) {
    // Ctrl-C, Ctrl-D, or a terminal that has gone; what is wrong otherwise is told as it is.
    const { name } = cause as Error
    const isAtQuestion = ['ExitPromptError', 'AbortPromptError'].includes(name)
    if (!isAtQuestion && !hasCode(cause, 'INTERRUPTED')) throw cause
    const words = isAtQuestion ? 'Stopped at a question.' : 'Stopped.'
    throw new PacketboatError('INTERRUPTED', `${words} ${sofar}`, next, { cause })
  }
}

/** True, or what is wrong with an answer, for the question to show. */
export async function fault(check: () => unknown): Promise<true | string> {
  try {
    await check()
    return true
  } catch (error) {
    const { message, next } = error as PacketboatError
    return plainText(next === undefined ? message : `${message} ${next}`)
  }
}
