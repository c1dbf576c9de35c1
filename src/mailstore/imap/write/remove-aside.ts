import { hasCode } from '../../../errors/packetboat-error.js'
import { type MailboxPath, pathText } from '../../../replica/model.js'
import type { StoredContent } from '../../../sync/mail-store.js'
import type { AsideFolder } from '../../aside-folder.js'

/**
 * Keeps a message's bytes before it is removed: here, not in a mailbox on the server, where everybody would
 * see it and devices would get it as new mail.
 */
export class RemoveAside {
  /** What was kept of messages that could not be removed then, by mailbox and locator: a server may refuse that for weeks. */
  private readonly kept = new Map<string, string>()

  constructor(private readonly aside: AsideFolder) {}

  async run(
    path: MailboxPath,
    locator: string,
    open: () => Promise<StoredContent>,
    remove: () => Promise<void>,
  ): Promise<void> {
    const key = `${pathText(path)}\n${locator}`
    const name = this.kept.get(key) ?? (await this.keep(path, await open()))
    this.kept.set(key, name)
    try {
      await remove()
      this.kept.delete(key)
    } catch (error) {
      // The message stays; it may be another one. After any other error it may have gone all the same.
      if (hasCode(error, 'MESSAGE_CHANGED')) {
        this.kept.delete(key)
        await this.aside.remove(name)
      }
      throw error
    }
  }

  private async keep(path: MailboxPath, source: StoredContent): Promise<string> {
    try {
      return await this.aside.takeBytes(path, source)
    } finally {
      await source.close()
    }
  }
}
