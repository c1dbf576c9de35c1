import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Real mail lies beside the project, never in it. PACKETBOAT_CORPORA names another place. */
const root =
  process.env['PACKETBOAT_CORPORA'] ?? fileURLToPath(new URL('../../../shared/corpora', import.meta.url))

const folders = ['ham', 'modern', 'mime']

/** A reason to skip, or false when the corpora are here. */
export const noCorpora = existsSync(root) ? false : `no mail corpora at ${root} (set PACKETBOAT_CORPORA)`

export interface CorpusFile {
  readonly name: string
  readonly bytes: Uint8Array
}

export function* corpusFiles(only: readonly string[] = folders): Generator<CorpusFile> {
  if (noCorpora) return
  for (const folder of only)
    for (const file of readdirSync(`${root}/${folder}`).sort())
      if (!file.endsWith('.tsv'))
        yield { name: `${folder}/${file}`, bytes: new Uint8Array(readFileSync(`${root}/${folder}/${file}`)) }
}
