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
}

test('the size of the reader counts what its page loads, with all that this imports, apart from what comes later', async () => {
  const { first, all, lines } = await sizeReport(
    {
      main: {
        entryPoint: 'main.ts',
        imports: [...imports('shared'), { path: 'core', kind: 'dynamic-import' }],
      },
      shared: { imports: imports('main') },
      core: { imports: imports('shared') },
      ui: { imports: [] },
    },
    {
      first: ['main.ts'],
      bytesOf: async (path) => new Uint8Array(sizes[path] ?? 0),
      page: 'index.html',
    },
  )
  assert.deepEqual([first, all], [111, 11_111])
  assert.match(lines[0] ?? '', /10000 {2}ui \(later\)/)
})

test('a reader over its budget is refused', () => {
  assert.equal(overBudget({ first: 30_000, all: 174_000 }), undefined)
  assert.match(overBudget({ first: 30_001, all: 30_001 }) ?? '', /30001 bytes until the first list/)
  assert.match(overBudget({ first: 30_000, all: 174_001 }) ?? '', /174001 bytes in all/)
})
