/** What is made when it is first used. The program's parts have each import in one. */
export class Later<T> {
  constructor(private readonly make: () => T) {}

  get loaded(): T {
    const value = this.make()
    Object.defineProperty(this, 'loaded', { value })
    return value
  }
}
