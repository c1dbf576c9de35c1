import { basename, join } from 'node:path'

/** What browsers needn't load: a plugin of esbuild. */
export const leaveOut = {
  name: 'leave-out',
  setup(build) {
    // The page's policy lets no WebAssembly run. Codec 2 goes without it, if slowly, and is loaded when it is needed.
    build.onResolve({ filter: /^\.\/machine\.js$/ }, ({ importer, resolveDir }) =>
      basename(importer) === 'mix.ts' ? { path: join(resolveDir, 'machine-later.ts') } : undefined,
    )
    // No browser makes pictures smaller: nobody gives it what that takes.
    build.onLoad({ filter: /submission\/shrink-pictures\.ts$/ }, () => ({
      contents:
        'export const shrinkPictures = async (account, settings, mail, source) => ({ source, fates: [] })',
    }))
    // No record holds what MessagePack has extensions for, such as dates: `Value` has none of it.
    build.onLoad({ filter: /@msgpack\/msgpack\/.*\/ExtensionCodec\.mjs$/ }, () => ({
      contents: `export class ExtensionCodec {
        static defaultCodec = new ExtensionCodec()
        tryToEncode() { return null }
        decode() { throw new RangeError('no record has extensions') }
      }`,
    }))
  },
}
