import { closeSync } from 'node:fs'
import { isatty, type ReadStream } from 'node:tty'

/**
 * Lets go of a terminal that has been closed, at the end. Node 20 sets back at its end how a terminal reads keys, and where that is gone it
 * dies as if it had a bug, with a dump of its memory; later versions don't.
 */
export function leaveClosedTerminal(process: NodeJS.Process): void {
  const terminals = process.versions.node.startsWith('20.') ? [0, 1, 2].filter((fd) => isatty(fd)) : []
  if (terminals.length > 0)
    process.once('exit', () => {
      for (const fd of terminals) if (!isatty(fd)) closeSync(fd)
    })
}

/**
 * A keyboard at which a question ends as at Ctrl-D when its terminal is closed: one that is gone throws where nobody can catch it, when
 * readline, at its end, asks it to give lines again.
 */
export function untilClosed(keyboard: ReadStream): ReadStream {
  const { setRawMode } = keyboard
  keyboard.setRawMode = (mode) => {
    try {
      return setRawMode.call(keyboard, mode)
    } catch {
      return keyboard
    }
  }
  return keyboard
}
