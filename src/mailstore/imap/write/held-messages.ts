import { mkdir, open, rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { readRange } from '../../../bytes/source.js'
import { systemCode } from '../../../errors/system-code.js'
import type { Guid } from '../../../replica/model.js'
import type { StoredContent } from '../../../sync/mail-store.js'
import { readError, writeError } from '../../maildir/disk/disk-errors.js'
import { openContent } from '../../maildir/file-content.js'

/** Keeps bytes of messages under names of their own, as files beside the endpoint's database. */
export class HeldMessages {
  constructor(private readonly folder: string) {}

  async hold(source: StoredContent, name: Guid): Promise<void> {
    const { folder } = this
    const draft = join(folder, `${name}.draft`)
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const handle = await open(draft, 'w', 0o600)
      try {
        for await (const chunk of readRange(source)) await handle.writeFile(chunk)
        await handle.sync()
        await handle.utimes(source.internalDateMs / 1000, source.internalDateMs / 1000)
      } finally {
        await handle.close()
      }
      await rename(draft, join(folder, name))
    } catch (error) {
      throw writeError(error, folder)
    } finally {
      await source.close()
    }
  }

  async open(name: Guid): Promise<StoredContent | undefined> {
    try {
      return await openContent(join(this.folder, name))
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return undefined
      throw readError(error, join(this.folder, name), 'MESSAGE_UNREADABLE')
    }
  }

  async release(name: Guid): Promise<void> {
    try {
      await unlink(join(this.folder, name))
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw writeError(error, this.folder)
    }
  }
}
