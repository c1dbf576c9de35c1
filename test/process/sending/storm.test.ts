import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { seededRandom } from '../../world/random.js'
import { until } from '../../world/until.js'
import { letterTo, makeSender } from './sender.js'

const seed = Number(process.env['PACKETBOAT_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const kills = process.env['PACKETBOAT_MORE'] ? 40 : 5

test(`what was queued goes once, whenever the syncs that take it up are killed (seed ${seed})`, async (t) => {
  const random = seededRandom(seed)
  const sender = await makeSender(t)
  await sender.sync()
  const begunMs = performance.now()
  await sender.sync()
  const syncMs = performance.now() - begunMs
  const subjects: string[] = []
  for (let i = 0; i < kills; i++) {
    const subject = `mail-${i}`
    subjects.push(subject)
    assert.equal(await sender.sendmail(['-t'], letterTo('bob@example.org', subject)), 0)
    const sync = sender.startSync()
    await setTimeout(random.next() * syncMs)
    await sync.kill('SIGKILL')
  }
  await until(async () => {
    await sender.sync()
    return sender.smtp.taken.length >= kills
  })
  await until(async () => {
    await sender.sync()
    return (await sender.outbox()).every((each) => each.startsWith('sent '))
  })
  const taken = sender.smtp.taken.map(
    ({ bytes }) => /^Subject: (.*)\r$/m.exec(Buffer.from(bytes).toString())?.[1],
  )
  assert.deepEqual(taken.sort(), subjects.toSorted())
  assert.equal(sender.person.list(['Sent']).length, kills)
})
