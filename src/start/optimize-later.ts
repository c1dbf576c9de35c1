import { setFlagsFromString } from 'node:v8'

/** Nearly all commands but a sync that brings much are over by then. */
const afterMs = 1000

/**
 * V8 makes better code of what is used much, beside the run: of most runs the end comes before that has paid, so nothing is made better at first.
 * Node 20 gains nothing. V8 takes no code under other flags than those under which it was made: so this is for when the code that was kept has been
 * taken and Node's modules are loaded, which those for standard output are in the first turn; and only for runs that keep no code.
 */
export function optimizeLater(process: NodeJS.Process): void {
  const { versions, execArgv, env } = process
  const major = Number.parseInt(versions.node, 10)
  // A person who gives Node flags may have said something else.
  if (major < 22 || execArgv.length > 0 || env['NODE_OPTIONS']) return
  // In Node 22 the second is off by itself.
  const compilers = major < 24 ? ['opt'] : ['opt', 'maglev']
  const set = (prefix: string): void => {
    for (const compiler of compilers) setFlagsFromString(`${prefix}${compiler}`)
  }
  process.nextTick(() => {
    set('--no-')
    setTimeout(() => set('--'), afterMs).unref()
  })
}
