import type { Guid } from '../../replica/model.js'

/** Messages that couldn't be read while a mail store is read in slices. */
export class TriedMessages {
  readonly #locators = new Map<Guid, Set<string>>()

  add(mailbox: Guid, locator: string): void {
    const locators = this.#locators.get(mailbox)
    if (locators) locators.add(locator)
    else this.#locators.set(mailbox, new Set([locator]))
  }

  has(mailbox: string, locator: string): boolean {
    return this.#locators.get(mailbox)?.has(locator) ?? false
  }
}
