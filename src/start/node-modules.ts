/** What loads Node's modules and packages, and remembers which of Node's were loaded. */
export interface NodeModules {
  readonly load: (name: string) => unknown
  readonly loaded: () => readonly string[]
}

export function noteModules(require: NodeJS.Require): NodeModules {
  const names = new Set<string>()
  return {
    load: (name) => {
      // Asking Node would load the part of it that knows.
      if (name.startsWith('node:')) names.add(name)
      return require(name)
    },
    loaded: () => [...names],
  }
}
