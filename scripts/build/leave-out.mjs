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
  },
}
