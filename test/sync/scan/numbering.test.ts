import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scanMailStore } from '../../../src/sync/scan/scan-mail-store.js'
import { writeMailStore } from '../../../src/sync/write/write-mail-store.js'
import { letter } from '../../world/letter.js'
import { seededRandom } from '../../world/random.js'
import { makeSide, type Side } from '../../world/side.js'

/** What a side's mail server shows under each UID of INBOX. */
function shownBy({ mail }: Side): Map<string, string> {
  const { uidValidity } = mail.numberingOf(['INBOX']) ?? {}
  return new Map(
    (mail.snapshot().get('INBOX') ?? []).map(({ uid, bytes }) => [
      `${uidValidity} ${uid}`,
      new TextDecoder().decode(bytes),
    ]),
  )
}

test('a mail server loses its numbering while what it had given is taken over, wherever that stopped: no UID means two messages', async () => {
  for (let step = 1; ; step++) {
    const side = await makeSide('endpoint', {
      hasUpstream: false,
      random: seededRandom(5),
      numbered: true,
    })
    for (const subject of ['a', 'b', 'c']) side.mail.person.deliver(['INBOX'], letter(subject))
    const before = shownBy(side)
    side.crashAt(step)
    const whole = await scanMailStore(side.account).then(
      () => true,
      () => false,
    )
    await side.restart()
    side.mail.person.rebuild(['INBOX'])
    const [, second] = side.mail.snapshot().get('INBOX') ?? []
    side.mail.person.move(['INBOX'], second?.locator ?? '', ['INBOX'])
    for (let run = 0; run < 2; run++) {
      await scanMailStore(side.account)
      await writeMailStore(side.account, { allow: [], allArrived: true })
    }
    for (const [uid, text] of shownBy(side))
      assert.equal(before.get(uid) ?? text, text, `step ${step}: UID ${uid}`)
    if (whole) break
  }
})
