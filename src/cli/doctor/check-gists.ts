import { gistApart } from '../../gist/gist-apart.js'
import type { GistKind } from '../../sync/make-gist.js'
import { ownProgram } from '../apart/own-call.js'
import type { CommandContext } from '../command-context.js'
import type { Findings } from './findings.js'

/** Time for a process to start and load the library on a small computer, in ms. */
const mostMs = 10_000

/** What reads files of a kind where it is installed, and what is not to be had without it. */
const libraries: readonly {
  readonly kind: GistKind
  readonly name: string
  readonly what: string
  readonly lacks: string
}[] = [
  {
    kind: 'pdf',
    name: 'unpdf',
    what: 'PDF files',
    lacks: 'which reads PDF files, is not installed: on slow links devices hear nothing of what is in them.',
  },
  {
    kind: 'audio',
    name: 'music-metadata',
    what: 'Recordings',
    lacks: 'which says how long a recording is, is not installed: on slow links devices see only its size.',
  },
  {
    kind: 'images',
    name: 'sharp',
    what: 'Small pictures',
    lacks: 'which makes pictures smaller, is not installed: devices that want small pictures get none.',
  },
]

/** Whether an endpoint can say what stands in files that a device doesn't fetch. Of an empty file nothing is said where it can. */
export async function checkGists(found: Findings, { self }: Pick<CommandContext, 'self'>): Promise<void> {
  const make = gistApart({ argv: ownProgram(self, 'gist'), timeoutMs: mostMs })
  for (const { kind, name, what, lacks } of libraries)
    if ((await make(kind, new Uint8Array())) === undefined)
      found.note(
        what,
        `${name}, ${lacks}`,
        `To have it: sudo npm install --global ${name}; with the Debian package, sudo npm install --global --prefix /usr ${name}`,
      )
}
