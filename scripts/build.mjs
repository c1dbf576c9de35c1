// Makes dist/program out of src and demo: one part per command and for what several of them share, of our code and of the packages' code, all in
// one file, and what starts it. The modules of Node and the packages that stay outside are loaded when something of theirs is used: a small
// computer takes seconds for all of them.
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { build, transform } from 'esbuild'
import { licencesOf } from './build/licences.mjs'
import { loadWhenUsed } from './build/load-when-used.mjs'
import { packParts } from './build/pack-parts.mjs'
import { plainExports } from './build/plain-exports.mjs'
import { stableSpreads } from './build/stable-spreads.mjs'
import { trimPackages } from './build/trim-packages.mjs'

const modules = '.build'
const program = 'dist/program'
const common = {
  platform: 'node',
  target: 'node20.19',
  logLevel: 'warning',
}

await Promise.all([modules, 'dist'].map((each) => rm(each, { recursive: true, force: true })))
// Only modules can be split by esbuild, and only CommonJS loads as fast as a program of many parts has to: hence two steps.
const { metafile } = await build({
  ...common,
  entryPoints: { packetboat: 'src/cli/run.ts', demo: 'demo/demo.ts' },
  outdir: modules,
  bundle: true,
  splitting: true,
  format: 'esm',
  chunkNames: 'shared/[name]-[hash]',
  metafile: true,
  // What is no JavaScript, or megabytes of it.
  external: ['@photostructure/sqlite', 'imapflow', 'music-metadata', 'sharp', 'unpdf', 'zstd-codec'],
  plugins: [trimPackages],
})
// Said of these files, or a default export would come as all of a module's exports, as Node has it for modules that import CommonJS.
await writeFile(`${modules}/package.json`, '{ "type": "commonjs" }\n')
const { outputFiles } = await build({
  ...common,
  entryPoints: Object.keys(metafile.outputs).filter((name) => name.endsWith('.js')),
  outbase: modules,
  outdir: program,
  format: 'cjs',
  supported: { 'dynamic-import': false },
  write: false,
})
await mkdir(program, { recursive: true })
// What a start reads, and holds as long as it runs: names and lines stay, for stack traces.
const shorten = async ({ path, text }) => ({
  path,
  text: (
    await transform(text, { minifyWhitespace: true, minifySyntax: true, treeShaking: true, lineLimit: 120 })
  ).code,
})
const parts = outputFiles.map(stableSpreads).map(plainExports).map(loadWhenUsed)
await packParts(await Promise.all(parts.map(shorten)), program)
const { outputFiles: started } = await build({
  ...common,
  entryPoints: { start: 'src/start/start.ts' },
  outdir: program,
  bundle: true,
  format: 'cjs',
  write: false,
})
for (const { path, text } of started) await writeFile(path, text)
await writeFile(
  `${program}/demo.js`,
  `require('./start.js').start({ folder: __dirname, require, process }, 'demo')\n`,
)
await writeFile(`${program}/LICENSES`, licencesOf(Object.keys(metafile.inputs)))
await writeFile(`${program}/package.json`, '{ "type": "commonjs" }\n')
await rm(modules, { recursive: true })
