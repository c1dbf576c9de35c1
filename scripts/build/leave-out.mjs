/** What browsers needn't load: a plugin of esbuild. */
export const leaveOut = {
  name: 'leave-out',
  setup(build) {
    // The page's policy lets no WebAssembly run. Codec 2 goes without it, if slowly.
    build.onLoad({ filter: /compression\/mix\/program\.ts$/ }, () => ({
      contents: "export function program() { throw new Error('no WebAssembly runs here') }",
    }))
  },
}
