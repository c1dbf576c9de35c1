import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'

/**
 * Writes parts of a program (CommonJS, `{ path, text }` each) into one file, each as a function that can be compiled by itself, and beside it
 * where each of them stands: `src/start/parts.ts` reads them. One file is sooner read than 60 of 160 are found.
 */
export async function packParts(files, folder) {
  const parts = {}
  let all = ''
  let line = 0
  for (const { path, text } of files) {
    const name = basename(path, '.js')
    if (parts[name]) throw new Error(`two parts are called ${name}`)
    const part = `(function (exports, require, module, Later) {${text}\n})`
    // A part is found by its bytes, and read as such.
    if (/[^\0-\x7f]/.test(part)) throw new Error(`${path} has letters beyond ASCII`)
    const lines = part.split('\n').length
    parts[name] = [all.length, all.length + part.length, line, lines]
    all += `${part};\n`
    line += lines
  }
  const digest = createHash('sha256').update(all).digest('hex').slice(0, 32)
  await writeFile(join(folder, 'parts.js'), all)
  await writeFile(join(folder, 'parts.json'), JSON.stringify({ digest, parts }))
}
