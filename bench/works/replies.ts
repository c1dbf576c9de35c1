import { join } from 'node:path'
import { createRandom } from '../../fixtures/random.js'
import type { Bench } from '../bench.js'
import { layOutAccount } from '../mail/account.js'
import { isText } from '../mail/corpus.js'
import { compose } from '../mail/message.js'
import { measureArrivals } from './arrivals.js'

/** Twenty replies that quote what the client holds, and the same replies to one that doesn't hold what they quote. */
export async function replies(bench: Bench): Promise<void> {
  if (!bench.wants('replies')) return
  const random = createRandom(20)
  const texts = random.shuffled(bench.corpus.filter((message) => isText(message) && message.length < 12_000))
  const count = Math.min(300, Math.floor(texts.length / 2))
  const [held, others] = [texts.slice(0, count), texts.slice(count, 2 * count)]
  const messages = held
    .slice(0, 20)
    .map((original, i) =>
      compose(random, original, { kind: 'reply', seconds: 1_763_200_000 + i, words: [20, 120] }),
    )
  const accounts = { known: join(bench.root, 'threads'), unknown: join(bench.root, 'no-threads') }
  layOutPlain(accounts.known, held)
  layOutPlain(accounts.unknown, others)
  for (const peer of bench.peers)
    for (const variant of ['known', 'unknown'] as const)
      await measureArrivals(bench, peer, { work: 'replies', variant, account: accounts[variant], messages })
}

const layOutPlain = (path: string, messages: Parameters<typeof layOutAccount>[1]): unknown =>
  layOutAccount(path, messages, { messages: messages.length, seed: 20, plain: true })
