import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import { concat } from '../../../src/bytes/concat.js'
import { readRange } from '../../../src/bytes/source.js'
import { openReaderAccount } from '../../../src/reader/worker/open-account.js'
import type { Flags, MailboxPath } from '../../../src/replica/model.js'
import { pathText } from '../../../src/replica/model.js'
import { openIndexedDbStore } from '../../../src/store/indexeddb/indexeddb-store.js'
import { ResidentStore } from '../../../src/store/resident/resident-store.js'
import type { MailStore, StoreMessage } from '../../../src/sync/mail-store.js'
import type { Actor } from '../../sync/conflicts/conflict-matrix.js'
import { seededRandom } from '../../world/random.js'

/** A reader's side of a sync over an IndexedDB in memory, and a person at it, who can do more there than its screen lets them. */
export async function browserActor(seed: number): Promise<Actor> {
  const random = seededRandom(seed)
  let nowMs = 1_700_000_000_000
  const browser = { indexedDB: new IDBFactory(), IDBKeyRange }
  const disk = await openIndexedDbStore(browser, 'packetboat', { durability: 'strict' })
  const account = await openReaderAccount(await ResidentStore.open(disk), {
    now: () => nowMs++,
    randomBytes: (size) => random.bytes(size),
  })
  const { mailStore, replica } = account
  return {
    name: 'browser',
    account,
    mail: {
      ...mailOf(mailStore),
      person: personAt(mailStore, () => ({ guid: replica.nextGuid(), internalDateMs: nowMs })),
    },
  }
}

type Fresh = () => { readonly guid: string; readonly internalDateMs: number }

function personAt(store: MailStore, fresh: Fresh): Actor['mail']['person'] {
  const at = async (path: MailboxPath, locator: string): Promise<StoreMessage> => {
    const found = (await store.messages(path)).messages.find((each) => each.locator === locator)
    if (!found) throw new Error(`${locator} is not in ${pathText(path)}`)
    return found
  }
  return {
    deliver: (path, bytes, flags = []) =>
      store.put(
        path,
        { ...fresh(), flags },
        (async function* () {
          yield bytes
        })(),
      ),
    setFlags: async (path, locator, flags) =>
      store.setFlags(path, locator, (await at(path, locator)).flags, flags),
    remove: async (path, locator) => store.remove(path, locator, (await at(path, locator)).flags),
    move: async (path, locator, to) => {
      const { flags } = await at(path, locator)
      await store.move?.({ path, locator, flags }, to, { ...fresh(), flags })
    },
    copy: async (path, locator, to) => {
      const { flags } = await at(path, locator)
      await store.copy?.({ path, locator }, to, { ...fresh(), flags })
    },
    createMailbox: (path) => store.createMailbox(path),
    renameMailbox: (from, to) => store.renameMailbox(from, to),
    deleteMailbox: async (path) => {
      for (const { locator, flags } of (await store.messages(path)).messages)
        await store.remove(path, locator, flags)
      await store.deleteMailbox(path)
    },
    setSubscribed: (path, subscribed) => store.setSubscribed(path, subscribed),
  }
}

function mailOf(store: MailStore): Omit<Actor['mail'], 'person'> {
  return {
    isSubscribed: async (name) =>
      (await store.mailboxes()).some(
        ({ path, subscribed }) => pathText(path) === name && subscribed !== false,
      ),
    snapshot: async () => {
      const shown = new Map<string, { locator: string; flags: Flags; bytes: Uint8Array }[]>()
      for (const { path } of await store.mailboxes()) {
        const messages = []
        for (const { locator, flags } of (await store.messages(path)).messages) {
          const content = await store.open(path, locator)
          const pieces: Uint8Array[] = []
          for await (const piece of readRange(content, 0, content.size)) pieces.push(piece)
          await content.close()
          messages.push({ locator, flags, bytes: concat(pieces) })
        }
        shown.set(pathText(path), messages)
      }
      return shown
    },
  }
}
