import { gistApart } from '../../gist/gist-apart.js'
import { ownProgram } from '../apart/own-call.js'
import type { CommandContext } from '../command-context.js'
import type { Findings } from './findings.js'

/** For a process to start and load the library, on a small computer. */
const mostMs = 10_000

/** Whether an endpoint can say what stands in files that a device doesn't fetch. Of an empty file nothing is said where it can. */
export async function checkGists(found: Findings, { self }: Pick<CommandContext, 'self'>): Promise<void> {
  const made = await gistApart({ argv: ownProgram(self, 'gist'), timeoutMs: mostMs })('pdf', new Uint8Array())
  if (made === undefined)
    found.note(
      'PDF files',
      'unpdf, which reads PDF files, is not installed: on slow links devices hear nothing of what is in them.',
      'To have it: sudo npm install --global unpdf; with the Debian package, sudo npm install --global --prefix /usr unpdf',
    )
}
