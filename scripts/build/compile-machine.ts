import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import asc from 'assemblyscript/asc'

const folder = 'src/wire/compression/mix/assembly'
export const machineFile = 'src/wire/compression/mix/program.ts'

/** All that `layout.as` has, in pages of 64 KiB. */
const pages = '424'

/** Compiles the program of codec 2: the bytes of a WebAssembly module. */
export async function compileMachine(): Promise<Uint8Array> {
  let program: Uint8Array | undefined
  const { error, stderr } = await asc.main(
    [
      ...['model.ts', '--outFile', 'model.wasm', '-O3', '--noAssert'],
      ...['--runtime', 'stub', '--enable', 'simd', '--initialMemory', pages, '--maximumMemory', pages],
    ],
    {
      // The compiler wants its sources to end like TypeScript; every other tool would take them for that.
      readFile: (name) => readFile(join(folder, name.replace(/\.ts$/, '.as')), 'utf8').catch(() => null),
      writeFile: (_name, contents) => {
        if (contents instanceof Uint8Array) program = contents
      },
      listFiles: () => [],
    },
  )
  if (!program) throw new Error(`${error?.message}\n${stderr.toString()}`)
  return program
}

/** The module that holds these bytes. */
export function machineText(program: Uint8Array): string {
  const rows =
    Buffer.from(program)
      .toString('base64')
      .match(/.{1,100}/g) ?? []
  const lines = rows.map((line) => `    '${line}',`)
  return `/** Made of \`assembly\` by \`npm run machine\`. */
export function program(): Uint8Array<ArrayBuffer> {
  const text = [
${lines.join('\n')}
  ].join('')
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
}
`
}
