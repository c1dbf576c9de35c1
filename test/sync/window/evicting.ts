import assert from 'node:assert/strict'
import type { EvictionTerms } from '../../../src/sync/evict/choose-evictable.js'
import { letGoBy } from '../../../src/sync/evict/letting-go.js'
import type { Window } from '../../../src/sync/policy/window.js'
import { messagesIn, subjectOf } from '../../world/shown.js'
import type { Side } from '../../world/side.js'
import { everything, makeStar } from '../../world/star.js'

/** A device whose mail leaves its disk, another one, and their endpoint. */

export const dayMs = 86_400_000
export const tenDays: readonly Window[] = [{ mailboxes: [], keep: { days: 10 } }]
export const atOnce: EvictionTerms = { windows: [tenDays], afterMs: 0, unreadForMs: dayMs, byHand: true }

interface Letter {
  readonly flags?: readonly string[]
  readonly answers?: string
}

export const letter = (subject: string, answers?: string): Uint8Array =>
  new TextEncoder().encode(
    `From: ann@example.org\r\nSubject: ${subject}\r\nMessage-ID: <${subject}@example.org>\r\n${answers === undefined ? '' : `In-Reply-To: <${answers}@example.org>\r\n`}\r\n${subject}.\r\n`,
  )

export const subjects = (side: Side): string[] =>
  messagesIn(side)
    .map(({ bytes }) => subjectOf(bytes))
    .sort()

/** Of the endpoint's mail d1 and d2 are inside ten days, d20 to d50 are not. */
export async function makeEvicting(more: { readonly pairing?: string } = {}) {
  const star = await makeStar(['part', 'whole'], { seed: 11, ...more })
  const { endpoint, devices, link } = star
  const { part } = devices
  const deliver = (daysOld: number, { flags = ['\\Seen'], answers }: Letter = {}, side = endpoint) =>
    side.mail.person.deliver(
      ['INBOX'],
      letter(`d${daysOld}`, answers),
      flags,
      endpoint.nowMs - daysOld * dayMs,
    )
  for (const daysOld of [50, 40, 30, 20, 2, 1]) deliver(daysOld)
  const run = (windows: readonly Window[] = tenDays, more = {}) =>
    star.run(part, { policy: { ...everything, windows }, ...more })
  const letGo = (evict: Partial<EvictionTerms> = {}) =>
    run(tenDays, { evict: letGoBy({ ...atOnce, ...evict }) })
  const all = ['d1', 'd2', 'd20', 'd30', 'd40', 'd50']
  const inside = ['d1', 'd2']
  /** Nothing is gone at the endpoint, and all comes back when the window is as wide as can be. */
  const isAllThere = async () => {
    for (let i = 0; i < 3; i++) await run()
    assert.deepEqual(subjects(endpoint), all)
    for (let i = 0; i < 2; i++) await run([])
    assert.deepEqual(subjects(part), all)
    assert.deepEqual(subjects(endpoint), all)
  }
  return { ...star, endpoint, part, whole: devices.whole, link, deliver, run, letGo, all, inside, isAllThere }
}

/** Beside INBOX there is `Old`, of which what is older than ten days is ashore and about to leave. */
export async function makeWithOld(daysOld: readonly number[]) {
  const made = await makeEvicting()
  const { endpoint, run } = made
  endpoint.mail.person.createMailbox(['Old'])
  for (const days of daysOld)
    endpoint.mail.person.deliver(['Old'], letter(`old${days}`), ['\\Seen'], endpoint.nowMs - days * dayMs)
  await run([])
  await run()
  return made
}
