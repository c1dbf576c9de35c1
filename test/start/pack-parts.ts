/** The build is no TypeScript, and is loaded from where it lies. */
const builder = new URL('../../scripts/build/pack-parts.mjs', import.meta.url).href

export const { packParts } = (await import(builder)) as {
  packParts(files: readonly { readonly path: string; readonly text: string }[], folder: string): Promise<void>
}
