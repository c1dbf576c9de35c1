import { closeSync } from 'node:fs'
import { isatty, type ReadStream } from 'node:tty'

/**
 * Lets go, at the end, of a terminal that has been closed. Node 20 restores at its end how a terminal reads
 * keys; if the terminal is gone, it crashes with a dump of its memory. Later versions don't.
 */
export function leaveClosedTerminal(process: NodeJS.Process): void {
  const terminals = process.versions.node.startsWith('20.') ? [0, 1, 2].filter((fd) => isatty(fd)) : []
  if (terminals.length > 0)
    process.once('exit', () => {
      for (const fd of terminals) if (!isatty(fd)) closeSync(fd)
    })
}

/**
 * A keyboard for a question: when its terminal is closed, the question ends as with Ctrl-D. Without this,
 * readline asks the closed terminal to give lines again, and that throws where nobody can catch it.
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
