import { join } from 'node:path'
import type { AccountState } from '../../fixtures/kinds/account-state.js'
import { newsletter } from '../../fixtures/kinds/newsletter.js'
import { toBytes } from '../../fixtures/mime/binary-text.js'
import { makeCircle } from '../../fixtures/people.js'
import { createRandom } from '../../fixtures/random.js'
import type { Bench } from '../bench.js'
import { layOutAccount } from '../mail/account.js'
import { headerOf, type Raw } from '../mail/message.js'
import { measureArrivals } from './arrivals.js'

/** Ten newsletters of senders whose earlier issues are here: the same HTML around other texts. */
export async function newsletters(bench: Bench): Promise<void> {
  if (!bench.wants('newsletters')) return
  const issues = makeIssues(60)
  const before = issues.slice(0, 50)
  const known = new Set(before.map((issue) => headerOf(issue, 'From')))
  const messages = issues
    .slice(50)
    .filter((issue) => known.has(headerOf(issue, 'From')))
    .slice(0, 10)
  const account = join(bench.root, 'newsletters')
  const all = [...bench.corpus.slice(0, 150), ...before]
  layOutAccount(account, all, { messages: all.length, seed: 30, plain: true })
  for (const peer of bench.peers)
    await measureArrivals(bench, peer, { work: 'newsletters', account, messages })
}

function makeIssues(count: number): Raw[] {
  const random = createRandom(30)
  const state: AccountState = {
    random,
    circle: makeCircle(random),
    threads: [],
    made: [],
    attached: [],
    attachments: { share: 0, scale: 1 },
  }
  return Array.from({ length: count }, (_, i) => {
    const { content } = newsletter(state, Date.UTC(2025, 9, 1) + i * 40_000_000)
    return Buffer.from(toBytes(content)).toString('latin1')
  })
}
