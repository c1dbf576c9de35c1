import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listProblems } from '../../../src/replica/problems.js'
import { scanMailStore } from '../../../src/sync/scan/scan-mail-store.js'
import { letter } from '../../world/letter.js'
import { makePair } from '../../world/star.js'

test('a message that a listing passes over is named by the next look, wherever the first one stopped', async () => {
  for (let step = 1; ; step++) {
    const { endpoint } = await makePair({ seed: 4 })
    const { person } = endpoint.mail
    person.createMailbox(['Work'])
    const locator = person.deliver(['Work'], letter('y'))
    person.deliver(['Work'], letter('z'))
    endpoint.ailments.passedOver.add(`Work/${locator}`)
    endpoint.crashAt(step)
    const isWhole = await scanMailStore(endpoint.account).then(
      () => true,
      () => false,
    )
    await endpoint.restart()
    await scanMailStore(endpoint.account)
    const named = (await listProblems(endpoint.account.replica.db)).map(({ record }) => record.code)
    assert.deepEqual(named, ['MESSAGE_UNREADABLE'], `step ${step}`)
    if (isWhole) break
  }
})
