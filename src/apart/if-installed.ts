/** A library that people install if they want what it does. Undefined where it isn't there. */
export async function ifInstalled<Library>(load: () => Promise<Library>): Promise<Library | undefined> {
  try {
    return await load()
  } catch {
    return undefined
  }
}
