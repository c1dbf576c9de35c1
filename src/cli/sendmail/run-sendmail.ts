import { PacketboatError } from '../../errors/packetboat-error.js'
import type { Shell } from '../program.js'
import type { SendmailCommandLine } from './called-as.js'
import { sendmail } from './sendmail.js'

/** The process around `sendmail`. */
export function runSendmail(
  { args, calledAs }: SendmailCommandLine,
  { streams, env, signal }: Shell,
  run: (args: readonly string[]) => Promise<number>,
): Promise<number> {
  const { stdin } = process
  const stop = (): void => {
    stdin.destroy(
      new PacketboatError(
        'INTERRUPTED',
        'Stopped.',
        'The mail is not sent and not kept here: send it again.',
      ),
    )
  }
  signal.addEventListener('abort', stop, { once: true })
  return sendmail(
    args,
    {
      streams,
      env,
      input: readAll(stdin as AsyncIterable<Buffer>),
      isTyped: stdin.isTTY,
      now: Date.now,
      run,
    },
    calledAs,
  )
}

async function* readAll(input: AsyncIterable<Buffer>): AsyncGenerator<Uint8Array> {
  try {
    yield* input
  } catch (error) {
    if (error instanceof PacketboatError) throw error
    throw new PacketboatError(
      'MAIL_INVALID',
      `Standard input can't be read: ${(error as Error).message}.`,
      'Nothing was sent. Send the mail again.',
      { cause: error },
    )
  }
}
