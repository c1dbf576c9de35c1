import assert from 'node:assert/strict'
import { test } from 'node:test'
import { letter } from '../../world/letter.js'
import { stateOf } from '../../world/shown.js'
import { makePair } from '../../world/star.js'

/** A disk that numbers its folders anew each time it is mounted: what one mailbox was known by, another one has then. */

const names = ['Box', 'Full', 'Work', 'Zoo'] as const

async function inStep() {
  const pair = await makePair({ seed: 5 })
  for (const name of names) {
    pair.endpoint.mail.person.createMailbox([name])
    if (name !== 'Zoo') pair.endpoint.mail.person.deliver([name], letter(`in ${name}`))
  }
  await pair.run()
  return pair
}

for (const which of ['endpoint', 'device'] as const)
  test(`mailboxes of the ${which} that have got each other's identities are the ones that they were`, async () => {
    const { endpoint, client, run } = await inStep()
    const before = stateOf(endpoint)
    const side = which === 'endpoint' ? endpoint : client
    for (let mount = 0; mount < 3; mount++) {
      side.mail.person.passIdentitiesOn()
      const { sent, changed } = await run()
      assert.deepEqual([sent, changed], [0, 0])
    }
    assert.deepEqual([stateOf(endpoint), stateOf(client)], [before, before])
  })

test('a mailbox that was renamed, made or deleted meanwhile is told from those that were not', async () => {
  const { endpoint, client, run } = await inStep()
  const { person } = client.mail
  person.renameMailbox(['Full'], ['Fuller'])
  person.createMailbox(['Anew'])
  person.deliver(['Anew'], letter('in Anew'))
  person.deleteMailbox(['Zoo'])
  person.passIdentitiesOn()
  await run()
  const wanted = {
    INBOX: [],
    Box: ['in Box'],
    Work: ['in Work'],
    Fuller: ['in Full'],
    Anew: ['in Anew'],
  }
  assert.deepEqual([stateOf(endpoint), stateOf(client)], [wanted, wanted])
})

test('mailboxes that have changed their names with each other are known by what is in them', async () => {
  const { endpoint, client, run } = await inStep()
  const { person } = client.mail
  person.renameMailbox(['Full'], ['aside'])
  person.renameMailbox(['Work'], ['Full'])
  person.renameMailbox(['aside'], ['Work'])
  const { uploaded } = await run()
  const { Full, Work } = stateOf(endpoint)
  assert.deepEqual({ Full, Work }, { Full: ['in Work'], Work: ['in Full'] })
  assert.equal(uploaded, 0)
})

for (const closed of names)
  test(`${closed}, which can't be looked into while identities are passed on, stays what it was, and so do the others`, async () => {
    const { endpoint, client, run } = await inStep()
    const { person } = client.mail
    person.createMailbox(['Anew'])
    person.deliver(['Anew'], letter('in Anew'))
    const wanted = { ...stateOf(endpoint), Anew: ['in Anew'] }
    for (let mount = 0; mount < 3; mount++) {
      person.passIdentitiesOn()
      client.ailments.closed.add(closed)
      await run()
      assert.deepEqual(stateOf(endpoint), wanted)
    }
    client.ailments.cure()
    const { sent } = await run()
    assert.equal(sent, 0)
    assert.deepEqual([stateOf(endpoint), stateOf(client)], [wanted, wanted])
  })
