// Makes dist/reader, what browsers load from an endpoint: chunks whose names say what is in them, so that they are kept for ever and an update
// costs what has changed, each compressed as far as brotli goes beside it. Says what all of it weighs, and fails over the budget.
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { brotliCompressSync, constants } from 'node:zlib'
import { build } from 'esbuild'
import { minify } from 'terser'
import { leaveOut } from './build/leave-out.mjs'
import { licencesOf } from './build/licences.mjs'
import { oneFile } from './build/one-file.mjs'
import { overBudget, sizeReport } from './build/reader-sizes.mjs'

const page = 'src/reader/page'
const worker = 'src/reader/worker/worker.ts'
const folder = 'dist/reader'

await rm(folder, { recursive: true, force: true })
await mkdir(folder, { recursive: true })
const { metafile } = await build({
  entryPoints: { main: `${page}/main.ts`, worker, reader: `${page}/reader.css` },
  outdir: folder,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'browser',
  target: ['chrome111', 'firefox115', 'safari16.4'],
  minify: true,
  legalComments: 'none',
  entryNames: '[name]-[hash]',
  chunkNames: '[name]-[hash]',
  metafile: true,
  plugins: [leaveOut, oneFile],
  logLevel: 'warning',
})
// What esbuild has made small terser makes smaller by a twentieth.
for (const path of Object.keys(metafile.outputs).filter((name) => name.endsWith('.js'))) {
  const { code } = await minify(await readFile(path, 'utf8'), {
    module: true,
    ecma: 2020,
    compress: { passes: 3, keep_fargs: false },
  })
  await writeFile(path, code)
}
/** Which of brotli's ways is the shortest for a file isn't known before. */
function smallestOf(bytes) {
  const ways = [
    {},
    { [constants.BROTLI_PARAM_LGBLOCK]: 17 },
    { [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_FONT },
    { [constants.BROTLI_PARAM_NDIRECT]: 15 },
    { [constants.BROTLI_PARAM_NPOSTFIX]: 2 },
    { [constants.BROTLI_PARAM_NPOSTFIX]: 2, [constants.BROTLI_PARAM_NDIRECT]: 60 },
    {
      [constants.BROTLI_PARAM_LGBLOCK]: 17,
      [constants.BROTLI_PARAM_NPOSTFIX]: 2,
      [constants.BROTLI_PARAM_NDIRECT]: 60,
    },
  ]
  const packed = ways.map((way) =>
    brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, ...way } }),
  )
  return packed.reduce((best, each) => (each.length < best.length ? each : best))
}
/** What a source file has become, as the page names it. */
const built = new Map(
  Object.entries(metafile.outputs).map(([path, { entryPoint }]) => [entryPoint, basename(path)]),
)
/** Named by what is in it, as the chunks are. */
const frame = (await readFile(`${page}/frame.html`, 'utf8')).replace(/\n\s*/g, '\n')
const frameName = `frame-${createHash('sha256').update(frame).digest('hex').slice(0, 8).toUpperCase()}.html`
await writeFile(join(folder, frameName), frame)
const html = (await readFile(`${page}/index.html`, 'utf8'))
  .replace('main.js', built.get(`${page}/main.ts`))
  .replace('reader.css', built.get(`${page}/reader.css`))
  .replace('worker.js', built.get(worker))
  .replace('frame.html', frameName)
const written = html.replace(/\n\s*/g, '\n')
await writeFile(join(folder, 'index.html'), written)
// Under one name for ever, by which browsers look for another version: it says which files belong to this one.
const keeper = await build({
  entryPoints: { 'service-worker': 'src/reader/service-worker.ts' },
  outdir: folder,
  bundle: true,
  format: 'iife',
  target: ['chrome111', 'firefox115', 'safari16.4'],
  minify: true,
  legalComments: 'none',
  define: {
    readerFiles: JSON.stringify([
      'index.html',
      frameName,
      ...Object.keys(metafile.outputs).map((path) => basename(path)),
    ]),
    languageFiles: JSON.stringify({ de: built.get('src/reader/words/german.ts') }),
    pageDigest: JSON.stringify(createHash('sha256').update(written).digest('hex').slice(0, 8)),
  },
  metafile: true,
  logLevel: 'warning',
})
const outputs = { ...metafile.outputs, ...keeper.metafile.outputs }
for (const name of await readdir(folder)) {
  const bytes = await readFile(join(folder, name))
  await writeFile(join(folder, `${name}.br`), smallestOf(bytes))
}
// Not for browsers: they have the code without comments, and the licences go with the package.
const licences = licencesOf(Object.keys(metafile.inputs))
if (licences !== '') await writeFile(join(folder, 'LICENSES'), licences)

const { lines, first, mail, loaded, all } = await sizeReport(outputs, {
  first: [`${page}/main.ts`, `${page}/reader.css`],
  mail: [worker],
  bytesOf: (path) => readFile(`${path}.br`),
  page: join(folder, 'index.html'),
  others: [join(folder, frameName)],
  some: ['src/reader/words/german.ts'],
})
if (process.argv.includes('--sizes')) for (const line of lines) console.log(line)
const wrong = overBudget({ first, mail, loaded, all })
if (wrong) {
  console.error(`${lines.join('\n')}\n${wrong}`)
  process.exitCode = 1
}
