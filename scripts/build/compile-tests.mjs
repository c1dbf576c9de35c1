import { readdirSync } from 'node:fs'
import { mkdir, mkdtemp, readFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const folders = ['bench', 'demo', 'fixtures', 'scripts', 'src', 'test', 'testing']

/**
 * Compiles all that tests may import into a folder of its own, whose path it gives: once for all test files, each of which would take a second
 * for that. Below it everything has the place that it has in the repository. `change` may give another text for a file: it is told the file's
 * path in the repository, its text, and the folder.
 *
 * @param {(path: string, text: string, outdir: string) => string} change
 */
export async function compileTests(change = (_path, text) => text) {
  await mkdir('.tests', { recursive: true })
  const outdir = await mkdtemp('.tests/run-')
  await build({
    entryPoints: folders.flatMap((folder) =>
      readdirSync(folder, { recursive: true })
        .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
        .map((name) => join(folder, name)),
    ),
    outbase: '.',
    outdir,
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    sourcemap: true,
    sourcesContent: false,
    logLevel: 'warning',
    plugins: [placesInRepository((path, text) => change(path, text, outdir))],
  })
  return outdir
}

/** Tests look for what lies beside them where it lies. */
const placesInRepository = (change) => ({
  name: 'places-in-repository',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const text = change(relative('.', path), await readFile(path, 'utf8'))
      const contents = text
        .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path)))
        .replaceAll('import.meta.dirname', JSON.stringify(dirname(resolve(path))))
      return { contents, loader: 'ts' }
    })
  },
})
