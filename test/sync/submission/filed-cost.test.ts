import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sendDue } from '../../../src/sync/submission/send-due.js'
import type { SendSettings } from '../../../src/sync/submission/send-settings.js'
import { letter } from '../../world/letter.js'
import { memorySpool } from '../../world/memory-spool.js'
import { seededRandom } from '../../world/random.js'
import { makeStar } from '../../world/star.js'
import { mailing, memoryServer, sendSettings, statesOf } from './sending.js'

/** What it costs, both ways, that a mail is sent and its author hears of it, beyond two syncs that find nothing. */
async function costOf(sent: SendSettings['sent'], files = false): Promise<number> {
  const { endpoint, devices, run, cost } = await makeStar(['a'], { seed: 9 })
  const client = devices.a
  endpoint.account = { ...endpoint.account, mailing }
  client.mail.person.createMailbox(['Sent'])
  client.mail.person.deliver(['Sent'], letter('earlier'), ['\\Seen'])
  const spool = memorySpool()
  const sync = () => run(client, { spool })
  for (let i = 0; i < 4; i++) await sync()
  const nothing = await cost(sync)
  spool.put(answer)
  if (files) client.mail.person.deliver(['Sent'], Buffer.from(answer), ['\\Seen'])
  const ashore = await cost(sync)
  await sendDue(endpoint.account, sendSettings(memoryServer(), { sent }), new AbortController().signal)
  const heard = await cost(sync)
  assert.deepEqual(await statesOf(client), ['sent'])
  return ashore.up + ashore.down + heard.up + heard.down - 2 * (nothing.up + nothing.down)
}

/** Of about 1 kB, with 200 bytes that nothing foretells. */
const answer = [
  'From: ann@example.org\nTo: bob@example.org\nSubject: Re: one\nMessage-ID: <one@example.org>\n',
  ...Array.from({ length: 10 }, () => '> All is well aboard, and the wind is fair.'),
  Buffer.from(seededRandom(3).bytes(200)).toString('base64').replace(/.{60}/g, '$&\n'),
  '',
].join('\n')

test('a copy in Sent costs the name of its mailbox, whoever files it', async () => {
  const nowhere = await costOf('never')
  const [here, there] = [await costOf('auto', true), await costOf('auto')]
  assert.ok(nowhere < 600, `${nowhere} bytes`)
  for (const filed of [here, there])
    assert.ok(filed > nowhere && filed <= nowhere * 1.05, `${filed} for ${nowhere} bytes`)
})
