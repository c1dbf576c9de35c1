import { setFlagsFromString } from 'node:v8'

/** Nearly all commands but a sync that brings much are over by then. */
const afterMs = 1000

/**
 * V8 optimizes in the background what is used much. Most runs end before that pays off, so it starts late;
 * Node 20 gains nothing by it. V8 accepts kept code only under the flags under which it was made, so this is
 * called once that code has been loaded along with Node's modules (those for standard output load in the
 * first turn), and only in runs that keep no code.
 */
export function optimizeLater(process: NodeJS.Process): void {
  const { versions, execArgv, env } = process
  const major = Number.parseInt(versions.node, 10)
  // A person who gives Node flags may have said something else.
  if (major < 22 || execArgv.length > 0 || env['NODE_OPTIONS']) return
  // In Node 22 the last is off by itself.
  const compilers = major < 24 ? ['sparkplug', 'opt'] : ['sparkplug', 'opt', 'maglev']
  const set = (prefix: string): void => {
    for (const compiler of compilers) setFlagsFromString(`${prefix}${compiler}`)
  }
  process.nextTick(() => {
    set('--no-')
    setTimeout(() => set('--'), afterMs).unref()
  })
}
