import type { Guid } from '../../replica/model.js'
import type { KnownProblem } from '../../replica/problems.js'
import type { Account } from '../account.js'
import { isDue } from '../error-scope.js'

/** Messages that couldn't be read, or were changed at each reading, while a mail store is read in slices. */
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

/** Whether what couldn't be read is tried now: it is its time, and no earlier slice has. */
export function isTriedNow(
  { replica, mailStore }: Account,
  { mailbox, item, record }: KnownProblem,
  tried: TriedMessages | undefined,
): boolean {
  return isDue(record, replica.now(), mailStore) && tried?.has(mailbox, item) !== true
}
