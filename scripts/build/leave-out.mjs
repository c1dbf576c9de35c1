/** What browsers needn't load: a plugin of esbuild. */
export const leaveOut = {
  name: 'leave-out',
  setup(build) {
    // The page's policy lets no WebAssembly run. Codec 2 goes without it, if slowly.
    build.onLoad({ filter: /compression\/mix\/program\.ts$/ }, () => ({
      contents: "export function program() { throw new Error('no WebAssembly runs here') }",
    }))
    // No browser makes pictures smaller: nobody gives it what that takes.
    build.onLoad({ filter: /submission\/shrink-pictures\.ts$/ }, () => ({
      contents:
        'export const shrinkPictures = async (account, settings, mail, source) => ({ source, fates: [] })',
    }))
  },
}
