import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Outcome, SubmitEnvelope } from '../replica/submission/submission.js'
import type { Handed, SubmitMail, Submitter } from '../sync/submission/submitter.js'
import { defaultPatience } from './mail-server.js'
import { handed } from './reply.js'
import { submitting } from './submitting.js'
import { withLineFeeds } from './with-line-feeds.js'

export interface SendmailProgram {
  /** The program and its first arguments: `/usr/sbin/sendmail -i`. */
  readonly argv: readonly [string, ...string[]]
  /** How long it may take to read on, and to end once it has the message, ms. */
  readonly answerMs?: number
}

/** What has it end so (sysexits.h) speaks of this message; anything else may be otherwise at the next try. */
const refusals: readonly number[] = [
  65, // EX_DATAERR
  67, // EX_NOUSER
  68, // EX_NOHOST
]

/** How long output is still read after the program has ended, in ms. */
const lastWordsMs = 500

/** How often it is looked whether the program has taken what it was given, ms. */
const lookMs = 5

/**
 * Hands mail over to a program of this machine that takes sendmail's options: `-f FROM -- RECIPIENT...`, the
 * message on its standard input. It answers for all recipients at once. No `-N`, `-R` or `-V`: to Exim, `-N`
 * means that nothing is to be delivered.
 */
export function openSendmailSubmitter({
  argv,
  answerMs = defaultPatience.answerMs,
}: SendmailProgram): Submitter {
  return {
    limits: async () => ({}),
    async submit(envelope, mail, signal) {
      const right = envelope.recipients.filter((recipient) => !isOdd(recipient))
      const { outcome, words } =
        isOdd(envelope.from) || right.length === 0
          ? { outcome: 'refused' as const, words: oddWords }
          : await run(argv, { ...envelope, recipients: right }, mail, { signal, answerMs })
      return envelope.recipients.map(
        (recipient): Handed =>
          isOdd(recipient) ? handed(recipient, 'refused', oddWords) : handed(recipient, outcome, words),
      )
    },
  }
}

const oddWords = "The sendmail program isn't given an address like that."

/** What no program is to be told, whatever it makes of it: commands, files, lists, and what ends a line. */
function isOdd(address: string): boolean {
  return /[\p{Cc}\p{Surrogate}]/u.test(address) || /^["'\s\\]*[|:]|^["'\s\\]*\/[^@]*$/.test(address)
}

interface Ran {
  readonly outcome: Outcome
  readonly words: string
}

async function run(
  [program, ...args]: SendmailProgram['argv'],
  { from, recipients }: SubmitEnvelope,
  mail: SubmitMail,
  { signal, answerMs }: { readonly signal: AbortSignal; readonly answerMs: number },
): Promise<Ran> {
  if (signal.aborted) return { outcome: 'later', words: 'It was interrupted.' }
  let child: ChildProcessWithoutNullStreams
  try {
    child = spawn(program, [...args, '-f', from === '' ? '<>' : from, '--', ...recipients], {
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
      env: { ...process.env, [submitting]: '1' },
    })
  } catch (error) {
    // More recipients than the system passes to a program (E2BIG), among others.
    return { outcome: 'later', words: `${program} can't be run: ${(error as Error).message}` }
  }
  let said = ''
  const hear = (text: string): void => {
    said = `${said}${text}`.slice(-1000)
  }
  child.stdout.resume()
  child.stderr.setEncoding('utf8').on('data', hear)
  // The program needn't read all of its input.
  child.stdin.on('error', () => undefined)
  const ended = new Promise<{ status: number | null; killed: string | null; error?: Error }>((resolve) => {
    child.once('error', (error) => resolve({ status: null, killed: null, error }))
    child.once('close', (status, killed) => resolve({ status, killed }))
    // A process that it left running may keep its output open, but has nothing more to say.
    child.once('exit', (status, killed) => setTimeout(() => resolve({ status, killed }), lastWordsMs).unref())
  })
  const kill = (): void => killGroup(child)
  signal.addEventListener('abort', kill, { once: true })
  let whole = false
  let broken: unknown
  const timer = setTimeout(kill, answerMs)
  try {
    whole = await writeAll(child, mail, { signal, onRead: () => timer.refresh() })
    child.stdin.end()
    timer.refresh()
  } catch (error) {
    broken = error
    kill()
  }
  const { status, killed, error } = await ended
  clearTimeout(timer)
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy()
  signal.removeEventListener('abort', kill)
  if (error) return { outcome: 'later', words: `${program} can't be run: ${error.message}` }
  if (broken !== undefined) return { outcome: 'later', words: (broken as Error).message }
  const words = said.trim() === '' ? `${program} ended with ${killed ?? status}` : said
  if (status === null) return { outcome: whole ? 'uncertain' : 'later', words }
  if (status === 0)
    return whole
      ? { outcome: 'accepted', words: said.trim() === '' ? `${program} has taken it over` : said }
      : { outcome: 'later', words: `${program} ended before it had read the message.` }
  return { outcome: refusals.includes(status) ? 'refused' : 'later', words }
}

/**
 * Writes all of the message but doesn't end it; without the end, the program doesn't have the message. False
 * when the program is gone, or is told to go, before it has everything. Throws what reading the message
 * throws.
 */
async function writeAll(
  child: ChildProcessWithoutNullStreams,
  mail: SubmitMail,
  { signal, onRead }: { readonly signal: AbortSignal; readonly onRead: () => void },
): Promise<boolean> {
  const { stdin } = child
  const isOver = (): boolean =>
    signal.aborted || stdin.destroyed || child.exitCode !== null || child.signalCode !== null
  let size = 0
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of mail.read()) {
      size += chunk.length
      yield chunk
    }
  }
  for await (const chunk of withLineFeeds(counted())) {
    if (isOver()) return false
    if (!stdin.write(chunk)) await roomIn(child)
    onRead()
  }
  if (size !== mail.sizeBytes) throw new Error('The message has changed while it was read.')
  while (stdin.writableLength > 0 && !isOver()) await sleep(lookMs)
  return !isOver()
}

/** Until it can be given more, or never will. */
function roomIn(child: ChildProcessWithoutNullStreams): Promise<void> {
  const { stdin } = child
  return new Promise((resolve) => {
    const over = (): void => {
      for (const event of ['drain', 'close', 'error']) stdin.off(event, over)
      child.off('exit', over)
      resolve()
    }
    for (const event of ['drain', 'close', 'error']) stdin.on(event, over)
    child.on('exit', over)
  })
}

/** Kills the program with every process that it started. */
function killGroup(child: ChildProcessWithoutNullStreams): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // The process has ended meanwhile.
  }
}
