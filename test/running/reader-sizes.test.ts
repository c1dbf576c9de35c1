import assert from 'node:assert/strict'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'

// Tests are compiled elsewhere, and this isn't.
const script = pathToFileURL(resolve('scripts/build/reader-sizes.mjs')).href
const { overBudget, sizeReport }: typeof import('../../scripts/build/reader-sizes.mjs') = await import(script)

const imports = (...paths: string[]) => paths.map((path) => ({ path, kind: 'import-statement' }))
const sizes: Readonly<Record<string, number>> = {
  'index.html': 1,
  main: 10,
  shared: 100,
  core: 1000,
  ui: 10_000,
  words: 100_000,
}

test('the size of the reader counts what its page loads, with all that this imports, apart from what comes later, and from what is for some', async () => {
  const { first, mail, loaded, all, lines } = await sizeReport(
    {
      main: {
        entryPoint: 'main.ts',
        imports: [...imports('shared'), { path: 'core', kind: 'dynamic-import' }],
      },
      shared: { imports: imports('main') },
      core: { entryPoint: 'core.ts', imports: imports('shared') },
      ui: { imports: [] },
      words: { entryPoint: 'words.ts', imports: [] },
    },
    {
      first: ['main.ts'],
      mail: ['core.ts'],
      bytesOf: async (path) => new Uint8Array(sizes[path] ?? 0),
      page: 'index.html',
      some: ['words.ts'],
    },
  )
  assert.deepEqual([first, mail, loaded, all], [111, 1111, 11_111, 111_111])
  assert.match(lines[0] ?? '', /100000 {2}words \(for some\)/)
  assert.match(lines[1] ?? '', /10000 {2}ui \(later\)/)
})

test('a reader over its budget is refused', () => {
  const most = { first: 24_000, mail: 144_600, loaded: 176_300, all: 179_400 }
  assert.equal(overBudget(most), undefined)
  assert.match(overBudget({ ...most, first: 24_001 }) ?? '', /24001 bytes until the page is shown/)
  assert.match(overBudget({ ...most, mail: 144_601 }) ?? '', /144601 bytes until it can show mail/)
  assert.match(overBudget({ ...most, loaded: 176_301 }) ?? '', /every browser loads 176301 bytes/)
  assert.match(overBudget({ ...most, all: 179_401 }) ?? '', /179401 bytes in all/)
})
