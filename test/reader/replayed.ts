import type { Surroundings } from '../../src/reader/worker/open-account.js'
import { policyOf } from '../../src/reader/worker/terms.js'
import type { Account } from '../../src/sync/account.js'
import { sync } from '../../src/sync/initiator/sync.js'
import type { Link } from '../../src/sync/link.js'
import { seededRandom } from '../world/random.js'

/** As they come from a quick line. */
const chunkBytes = 16_384

/** A first sync that always asks the same: it is made again in a browser with the answers that it got once. */
export async function syncOver(
  link: Link,
  open: (surroundings: Surroundings) => Promise<Account>,
): Promise<Account> {
  const random = seededRandom(53)
  let nowMs = 1_700_000_000_000
  const account = await open({ now: () => nowMs++, randomBytes: (size) => random.bytes(size) })
  await sync(account, { link, policy: policyOf({}, false) })
  return account
}

export async function syncFrom(
  answers: readonly Uint8Array[],
  open: (surroundings: Surroundings) => Promise<Account>,
): Promise<void> {
  let next = 0
  const link: Link = {
    stats: { up: 0, down: 0 },
    close: async () => undefined,
    exchange: async (request) => {
      if (!(request instanceof Uint8Array)) for await (const _ of request);
      const bytes = answers[next++]
      if (!bytes) throw new Error('it asks for more than it did')
      return inChunks(bytes)
    },
  }
  await syncOver(link, open)
  if (next < answers.length) throw new Error(`it asks for ${answers.length - next} answers less than it did`)
}

async function* inChunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes)
}
