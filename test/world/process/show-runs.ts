import { afterEach } from 'node:test'

/**
 * A test that fails shows what the programs printed that it ran: those that still run, and the last of the others. "5 is not 4" alone tells
 * nobody why. Whoever starts a program in a test file calls `showIfItFails`; the tests need do nothing.
 */

interface Run {
  readonly args: readonly string[]
  /** What it has printed so far. */
  text(): { readonly stdout: string; readonly stderr: string }
  readonly ended: Promise<{ readonly code: number | undefined; readonly signal: string | undefined }>
}

/** Of the runs that have ended, and of each stream. */
const [mostRuns, mostCharacters] = [4, 2000]

/** In the order in which they began, with how they ended. */
const runs = new Map<Run, string | undefined>()

export function showIfItFails(run: Run): void {
  runs.set(run, undefined)
  const note = (how: string): void => {
    if (!runs.has(run)) return
    runs.set(run, how)
    const [first, ...others] = [...runs.keys()].filter((each) => runs.get(each) !== undefined)
    if (first && others.length >= mostRuns) runs.delete(first)
  }
  run.ended.then(
    ({ code, signal }) => note(`ended with ${signal ?? code}`),
    (error: unknown) => note(`failed: ${String(error).split('\n')[0]}`),
  )
}

// Some programs that are no tests run others, too.
if (process.env['NODE_TEST_CONTEXT'])
  afterEach((context) => {
    // Node has it since 20.12, its types don't.
    const { error } = context as { readonly error?: Error | null }
    const failure = error?.cause ?? error
    if (failure instanceof Error) failure.message += shown()
    runs.clear()
  })

function shown(): string {
  const lines = [...runs].map(([{ args, text }, how]) => {
    const { stdout, stderr } = text()
    return `packetboat ${args.join(' ')}\n${how ?? 'still runs'}\nstdout: ${end(stdout)}\nstderr: ${end(stderr)}`
  })
  return lines.length === 0 ? '' : `\n\nWhat it ran, the latest last:\n${lines.join('\n')}`
}

const end = (text: string): string =>
  text.length > mostCharacters ? `…${text.slice(-mostCharacters)}` : text
