import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scanMailStore } from '../../../src/sync/scan/scan-mail-store.js'
import { makePair } from '../../world/star.js'

/** How often others in the process had their turn while it ran. */
async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let [turns, over] = [0, false]
  const count = (): void => {
    if (over) return
    turns++
    setImmediate(count)
  }
  setImmediate(count)
  await work()
  over = true
  return turns
}

const quotedPrintable = (body: string): Uint8Array =>
  new TextEncoder().encode(`Subject: m\nContent-Transfer-Encoding: quoted-printable\n\n${body}`)

test('a look at a mail of much quoted-printable lets others have their turn', async () => {
  const { endpoint } = await makePair({ seed: 5 })
  const look = () => turnsDuring(() => scanMailStore(endpoint.account))
  await look()
  endpoint.mail.person.deliver(['INBOX'], quotedPrintable('little=\n'))
  const usual = await look()
  endpoint.mail.person.deliver(['INBOX'], quotedPrintable(`${'\n'.repeat(2 ** 21)}=\n`))
  const turns = await look()
  assert.ok(turns >= usual + 16, `${turns} turns instead of ${usual}`)
})
