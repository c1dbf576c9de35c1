/** A value that is none. `should` finishes the sentence "NAME should be ...". */
export class InvalidValue extends Error {
  override readonly name = 'InvalidValue'
  /** The place within a list or table: its keys and positions. */
  readonly path: readonly (string | number)[]
  /** What the person may have meant, where something is near. */
  readonly meant: string | undefined

  constructor(should: string, options: { path?: readonly (string | number)[]; meant?: string } = {}) {
    super(should)
    this.path = options.path ?? []
    this.meant = options.meant
  }
}
