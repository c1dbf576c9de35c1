/** What browsers needn't load: a plugin of esbuild. */
export const leaveOut = {
  name: 'leave-out',
  setup(build) {
    // The page's policy lets no WebAssembly run. Codec 2 goes without it, if slowly.
    build.onLoad({ filter: /compression\/mix\/program\.ts$/ }, () => ({
      contents: "export function program() { throw new Error('no WebAssembly runs here') }",
    }))
    // Of two thousand names of characters, many for one, mail has those of HTML 4 and little more.
    build.onLoad({ filter: /postal-mime\/.*\/html-entities\.js$/ }, async ({ path }) => {
      const { htmlEntities } = await import(path)
      const kept = Object.entries(htmlEntities).filter(
        ([name, text]) => /^&\w{2,8};$/.test(name) && text.length === 1 && text < '\u2700',
      )
      return { contents: `export const htmlEntities = ${JSON.stringify(Object.fromEntries(kept))}` }
    })
  },
}
