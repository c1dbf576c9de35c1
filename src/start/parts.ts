import { openSync, readFileSync, readSync } from 'node:fs'
import { join } from 'node:path'

/** What the program is made of, as `scripts/build.mjs` wrote it into one file. */
export interface Parts {
  /** Differs from that of any other program. */
  readonly digest: string
  /** Where the texts of all parts stand. */
  readonly file: string
  /** A part's text, and how many lines stand before it in the file. Throws where there is no such part. */
  readonly read: (name: string) => { readonly text: string; readonly line: number }
}

interface Index {
  readonly digest: string
  /** From which byte to which, and the lines before. */
  readonly parts: Readonly<Record<string, readonly [start: number, end: number, line: number]>>
}

export function openParts(folder: string): Parts {
  const { digest, parts } = JSON.parse(readFileSync(join(folder, 'parts.json'), 'latin1')) as Index
  const file = join(folder, 'parts.js')
  // It stays open, so that a program that runs stays the same when another is installed over it.
  const fd = openSync(file, 'r')
  return {
    digest,
    file,
    read: (name) => {
      const place = parts[name]
      if (!place) throw new Error(`the program has no part ${name}`)
      const [start, end, line] = place
      const bytes = Buffer.allocUnsafe(end - start)
      let filled = 0
      while (filled < bytes.length) {
        const read = readSync(fd, bytes, filled, bytes.length - filled, start + filled)
        if (read === 0) throw new Error(`${file} is shorter than it was built`)
        filled += read
      }
      return { text: bytes.toString('latin1'), line }
    },
  }
}
