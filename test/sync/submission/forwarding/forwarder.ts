import assert from 'node:assert/strict'
import { listSubmissions } from '../../../../src/replica/submission/submissions.js'
import { sendDue } from '../../../../src/sync/submission/send-due.js'
import { letter } from '../../../world/letter.js'
import { memorySpool } from '../../../world/memory-spool.js'
import { findMessage, isStandIn, latin } from '../../../world/shown.js'
import { makeStar } from '../../../world/star.js'
import { mailing, memoryServer, sendSettings } from '../sending.js'

/** A mail with a large attachment. */
export const plan = letter('plan', {
  from: 'Bob <bob@example.org>',
  to: 'ann@example.org',
  id: 'plan',
  attachments: [{ bytes: 300_000, name: 'plan.pdf', type: 'application/pdf' }],
})

/** What the original has in its place, from its header on. */
export const planPart = latin(plan).split('--b\n')[2]?.replace('\n--b--\n', '') ?? ''

/** A device that has a mail with a large attachment as a stand-in, and may send. */
export async function makeForwarder() {
  const star = await makeStar(['a'], { seed: 9 })
  const { endpoint } = star
  const client = star.devices.a
  const sendAs = (maxBytes?: number): void => {
    const terms = { ...mailing.terms, ...(maxBytes !== undefined && { maxBytes }) }
    endpoint.account = { ...endpoint.account, mailing: { ...mailing, terms } }
  }
  sendAs()
  endpoint.mail.person.deliver(['INBOX'], plan)
  const spool = memorySpool()
  const server = memoryServer()
  const run = () => star.run(client, { spool })
  await run()
  await run()
  const { bytes } = findMessage(client, 'plan')
  assert.ok(isStandIn(bytes) && bytes.length < 3000)
  return {
    ...star,
    client,
    sendAs,
    spool,
    server,
    run,
    standIn: latin(bytes),
    send: () => sendDue(endpoint.account, sendSettings(server), new AbortController().signal),
    state: async (side = client) =>
      (await listSubmissions(side.account.replica.db)).map(({ state, reason = '' }) => `${state}: ${reason}`),
    goes: async (): Promise<string[]> => {
      await run()
      await sendDue(endpoint.account, sendSettings(server), new AbortController().signal)
      await run()
      return server.taken.map(({ text }) => text)
    },
  }
}
