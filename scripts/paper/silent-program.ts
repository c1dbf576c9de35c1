import type { DocumentedCommand } from '../../src/cli/documented-command.js'
import { buildProgram } from '../../src/cli/program.js'

/** The command line without a process around it: what is written about it, and tried of it. Help and version go to `print`. */
export function silentProgram(print: (text: string) => void = () => undefined): DocumentedCommand {
  return buildProgram(
    {
      streams: { stdout: print, stderr: () => undefined },
      env: {},
      signal: new AbortController().signal,
      onHangup: () => () => undefined,
      stdin: async () => '',
      keyboard: undefined,
      self: [process.execPath],
      terminal: undefined,
      version: '0',
    },
    { output: () => undefined, exit: () => undefined, run: async () => 0 },
  )
}
