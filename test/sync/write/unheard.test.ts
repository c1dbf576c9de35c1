import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasCode } from '../../../src/errors/packetboat-error.js'
import { letter } from '../../world/letter.js'
import { messagesIn, subjectOf } from '../../world/shown.js'
import type { Side } from '../../world/side.js'
import { everything, makePair } from '../../world/star.js'

const inbox = ['INBOX']

const subjects = (side: Side): string =>
  messagesIn(side, inbox)
    .map(({ bytes }) => subjectOf(bytes))
    .sort()
    .join('')

for (const unheard of [1, 2, 3, 4])
  test(`a run shows mail while it comes, and its mail store is silent about ${unheard} of what it has written: each message is there once`, async () => {
    const pair = await makePair({ seed: 5, policy: everything })
    for (const subject of 'abcde') pair.endpoint.mail.person.deliver(inbox, letter(subject))
    pair.client.ailments.unheard = unheard
    let silent = 0
    for (let run = 0; run < 6; run++)
      await pair.run({ showEveryMs: 0 }).catch((error) => {
        if (!hasCode(error, 'MAILSTORE_AWAY')) throw error
        silent++
      })
    assert.ok(silent > 0)
    for (const side of [pair.client, pair.endpoint]) assert.equal(subjects(side), 'abcde')
  })
