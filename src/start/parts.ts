import { openSync, readFileSync, readSync } from 'node:fs'
import { join } from 'node:path'

/** What the program is made of, as `scripts/build.mjs` wrote it into one file. */
export interface Parts {
  /** Differs from that of any other program. */
  readonly digest: string
  /** The path of the file with the texts of all parts. */
  readonly file: string
  /** A part's text, and how many lines stand before it in the file. Throws where there is no such part. */
  readonly read: (name: string) => { readonly text: string; readonly line: number }
  /** Several parts as one list, in the file's order, each on the lines that it has in the file. Their names are given in the same order. */
  readonly readList: (names: Iterable<string>) => { readonly text: string; readonly names: readonly string[] }
}

interface Index {
  readonly digest: string
  /** In the file's order: from which byte to which, the lines before, and those that it has. */
  readonly parts: Readonly<Record<string, Place>>
}

type Place = readonly [start: number, end: number, line: number, lines: number]

export function openParts(folder: string): Parts {
  const { digest, parts } = JSON.parse(readFileSync(join(folder, 'parts.json'), 'latin1')) as Index
  const file = join(folder, 'parts.js')
  // It stays open, so that a program that runs stays the same when another is installed over it.
  const fd = openSync(file, 'r')
  const placeOf = (name: string): Place => {
    const place = parts[name]
    if (!place) throw new Error(`the program has no part ${name}`)
    return place
  }
  const fill = (bytes: Buffer, [start, end]: Place, at: number): void => {
    for (let filled = 0; filled < end - start; ) {
      const read = readSync(fd, bytes, at + filled, end - start - filled, start + filled)
      if (read === 0) throw new Error(`${file} is shorter than it was built`)
      filled += read
    }
  }
  return {
    digest,
    file,
    read: (name) => {
      const place = placeOf(name)
      const bytes = Buffer.allocUnsafe(place[1] - place[0])
      fill(bytes, place, 0)
      return { text: bytes.toString('latin1'), line: place[2] }
    },
    readList: (names) => {
      const asked = new Set(names)
      const inOrder = Object.keys(parts).filter((name) => asked.has(name))
      if (inOrder.length < asked.size) for (const name of asked) placeOf(name)
      const places = inOrder.map(placeOf)
      // Lines of parts that aren't asked for are empty ones.
      const gaps = places.map(([, , line], at) => {
        const before = places[at - 1]
        return line - (before ? before[2] + before[3] - 1 : 0)
      })
      const sizes = places.map(([start, end], at) => (gaps[at] ?? 0) + end - start + 1)
      const bytes = Buffer.allocUnsafe(sizes.reduce((sum, size) => sum + size, 2))
      bytes.write('[')
      let at = 1
      for (const [number, place] of places.entries()) {
        const gap = gaps[number] ?? 0
        bytes.fill('\n', at, at + gap)
        at += gap
        fill(bytes, place, at)
        at += place[1] - place[0]
        at += bytes.write(',', at)
      }
      bytes.write(']', at)
      return { text: bytes.toString('latin1'), names: inOrder }
    },
  }
}
