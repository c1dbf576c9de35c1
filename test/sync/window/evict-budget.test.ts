import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { chooseEvictable } from '../../../src/sync/evict/choose-evictable.js'
import { letGoBy } from '../../../src/sync/evict/letting-go.js'
import { letter } from '../../world/letter.js'
import { isStandIn, messagesIn } from '../../world/shown.js'
import { everything } from '../../world/star.js'
import { atOnce, dayMs, makeEvicting, subjects, tenDays } from './evicting.js'

/** The device has all of six small messages, and of an older one the text and one of two attachments. */
async function makeHalfFetched() {
  const made = await makeEvicting()
  const { endpoint, part, run } = made
  const big = letter('d60', { attachments: [{ bytes: 20_000 }, { bytes: 300_000, seed: 2 }] })
  endpoint.mail.person.deliver(['INBOX'], big, ['\\Seen'], endpoint.nowMs - 60 * dayMs)
  const policy = { ...everything, smallBytes: 1000, attachmentBytes: 50_000 }
  const sync = (windows: typeof tenDays, more = {}) =>
    run(windows, { policy: { ...policy, windows }, ...more })
  await sync([])
  await sync(tenDays)
  const whole = messagesIn(part).filter(({ bytes }) => !isStandIn(bytes))
  assert.equal(whole.length, 6)
  const terms = { ...atOnce, afterMs: Number.POSITIVE_INFINITY }
  return {
    part,
    small: whole.reduce((sum, { bytes }) => sum + bytes.length, 0),
    terms,
    budget: (budgetBytes: number) => sync(tenDays, { evict: letGoBy({ ...terms, budgetBytes }) }),
  }
}

describe('what the mail here takes of its budget', () => {
  it('is no part that was never fetched: mail goes until there is room, not until so much is missing', async () => {
    const { part, small, budget } = await makeHalfFetched()
    await budget(small - 1)
    assert.deepEqual(subjects(part), ['d1', 'd2', 'd20', 'd30', 'd40'])
  })

  it('is a part that was fetched of a message that is not whole', async () => {
    const { part, small, budget } = await makeHalfFetched()
    await budget(small + 25_000)
    assert.equal(messagesIn(part).length, 7)
    await budget(small + 15_000)
    assert.deepEqual(subjects(part), ['d1', 'd2', 'd20', 'd30', 'd40', 'd50'])
  })

  it('is what is said to leave', async () => {
    const { part, terms } = await makeHalfFetched()
    const { count, bytes } = await chooseEvictable(part.account, { ...terms, afterMs: 0 }, ['*'])
    assert.equal(count, 5)
    assert.ok(bytes > 20_000 && bytes < 25_000, `${bytes} bytes`)
  })
})
