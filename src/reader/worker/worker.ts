import { deleteIndexedDbStore } from '../../store/indexeddb/delete-indexeddb-store.js'
import { openIndexedDbStore } from '../../store/indexeddb/indexeddb-store.js'
import { isDiskFull } from '../../store/indexeddb/is-disk-full.js'
import { ResidentStore } from '../../store/resident/resident-store.js'
import { openFetchLink } from '../line/fetch-link.js'
import { pairBrowser } from '../line/pair-browser.js'
import type { Call, FromWorker } from '../port.js'
import { laterActs } from './later.js'
import { lead } from './leader.js'
import { joinTabs } from './tabs.js'

/** The dedicated worker of a page. Its file lies beside the page's. */
const scope = globalThis as unknown as {
  onmessage: ((message: { readonly data: Call }) => void) | null
  postMessage(message: FromWorker): void
}

/** Never change this name: the mail of existing readers is under it. */
const databaseName = 'packetboat'

/** What a sync brings within this time is written together, ms. */
const gatherMs = 200

const endpoint = new URL('..', location.href).href.replace(/\/$/, '')
const fetch = globalThis.fetch.bind(globalThis)
const randomBytes = (size: number): Uint8Array => crypto.getRandomValues(new Uint8Array(size))

/** Not every browser has it, and TypeScript's types don't. */
const { connection } = navigator as { readonly connection?: { readonly saveData?: boolean } }

const take = joinTabs({
  locks: navigator.locks,
  channel: new BroadcastChannel(databaseName),
  tab: crypto.randomUUID(),
  toPage: (message) => scope.postMessage(message),
  lead: async (onEvent) => {
    const disk = await openIndexedDbStore(globalThis, databaseName, {
      durability: 'strict',
      // Chromium does, in all of its browsers, and no other has this.
      reusesLogs: 'storageBuckets' in navigator,
      isDiskFull: () => isDiskFull(navigator.storage),
    })
    try {
      const leader = await lead({
        store: await ResidentStore.open(disk, {
          pause: () => new Promise((resolve) => setTimeout(resolve, gatherMs)),
        }),
        now: Date.now,
        randomBytes,
        openLink: (options) => openFetchLink({ endpoint, fetch, ...options }),
        askAccount: (token, signal) => pairBrowser(token, { endpoint, fetch, signal }),
        isPersisted: () => navigator.storage.persisted(),
        savesData: () => connection?.saveData === true,
        deleteDisk: () => deleteIndexedDbStore(indexedDB, databaseName),
        onEvent,
      })
      // Whoever writes or searches later may have no line then.
      laterActs().catch(() => undefined)
      return leader
    } catch (error) {
      // Whoever tries again is the only one who writes.
      await disk.close()
      throw error
    }
  },
})
scope.onmessage = ({ data }) => take(data)
