import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sendDue } from '../../../src/sync/submission/send-due.js'
import type { SendSettings } from '../../../src/sync/submission/send-settings.js'
import { letter } from '../../world/letter.js'
import { memorySpool } from '../../world/memory-spool.js'
import { seededRandom } from '../../world/random.js'
import { makeStar } from '../../world/star.js'
import { mailing, memoryServer, sendSettings, statesOf } from './sending.js'

/** What sending mails and learning their outcome costs, both ways, beyond two syncs that find nothing. */
async function costOf(
  sent: SendSettings['sent'],
  { files = false, mails }: { readonly files?: boolean; readonly mails: readonly string[] },
): Promise<number> {
  const { endpoint, devices, run, cost } = await makeStar(['a'], { seed: 9 })
  const client = devices.a
  endpoint.account = { ...endpoint.account, mailing }
  client.mail.person.createMailbox(['Sent'])
  client.mail.person.deliver(['Sent'], letter('earlier'), ['\\Seen'])
  const spool = memorySpool()
  const sync = () => run(client, { spool })
  for (let i = 0; i < 4; i++) await sync()
  const nothing = await cost(sync)
  for (const mail of mails) {
    spool.put(mail)
    if (files) client.mail.person.deliver(['Sent'], Buffer.from(mail), ['\\Seen'])
  }
  const ashore = await cost(sync)
  await sendDue(endpoint.account, sendSettings(memoryServer(), { sent }), new AbortController().signal)
  const heard = await cost(sync)
  assert.deepEqual(
    await statesOf(client),
    mails.map(() => 'sent'),
  )
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
  const mails = [answer]
  const nowhere = await costOf('never', { mails })
  const [here, there] = [await costOf('auto', { mails, files: true }), await costOf('auto', { mails })]
  assert.ok(nowhere < 600, `${nowhere} bytes`)
  for (const [filed, most] of [
    [here, 1.05],
    [there, 1.03],
  ] as const)
    assert.ok(filed > nowhere && filed <= nowhere * most, `${filed} for ${nowhere} bytes`)
})

const file = Buffer.from(seededRandom(5).bytes(100_000)).toString('base64').replace(/.{76}/g, '$&\n')

/** A mail with some lines of its own, and with the same file as all others. */
const withFile = (nth: number): string => {
  const own = Buffer.from(seededRandom(100 + nth).bytes(60)).toString('base64')
  return [
    `From: ann@example.org\nTo: bob${nth}@example.org\nSubject: The plan\nMessage-ID: <${own.slice(0, 16)}@boat>`,
    'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="=1"\n',
    `--=1\nContent-Type: text/plain\n\nHello,\n\nhere is the plan. ${own.slice(16)}\n`,
    `--=1\nContent-Type: application/pdf; name=plan.pdf\nContent-Transfer-Encoding: base64\n\n${file}\n--=1--\n`,
  ].join('\n')
}

test('ten mails with the same 100 kB cost one of them, and what is each one its own', async () => {
  const one = await costOf('auto', { mails: [withFile(0)] })
  const ten = await costOf('auto', { mails: Array.from({ length: 10 }, (_, nth) => withFile(nth)) })
  assert.ok(one > 100_000 && ten < one * 1.03, `${ten} for ${one} bytes`)
})
