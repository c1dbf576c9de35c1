import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { seededRandom } from '../../world/random.js'
import { until } from '../../world/until.js'
import { letterTo, makeSender, outboxRows, type Sender } from './sender.js'

const seed = Number(process.env['PACKETBOAT_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const kills = process.env['PACKETBOAT_MORE'] ? 40 : 4
/** The server thinks so long about a mail at the most, and a kill comes so long after the sync. */
const [mostThinkingMs, latestKillMs] = [400, 500]

test(`what was queued arrives, and twice only where the endpoint was killed before it heard the reply (seed ${seed})`, async (t) => {
  const random = seededRandom(seed)
  const sender = await makeSender(t, {
    onTaken: (answer) => void setTimeout(random.next() * mostThinkingMs).then(answer),
  })
  await sender.sync()
  const subjects = Array.from({ length: kills }, (_, i) => `mail-${i}`)
  /** What the endpoint was handing over, or may have been, when it was killed. */
  const underway = new Set<string>()
  for (const subject of subjects) {
    assert.equal(await sender.sendmail(['-t'], letterTo('bob@example.org', subject)), 0)
    await sender.sync()
    await setTimeout(random.next() * latestKillMs)
    const { open, opened } = sender.smtp.connections
    await sender.kill('SIGKILL')
    // It may have connected while the signal was on its way.
    await until(async () => sender.smtp.connections.open === 0)
    if (open > 0 || sender.smtp.connections.opened > opened) underway.add(subject)
    await sender.restart()
  }
  await until(async () => {
    await sender.sync()
    return (await sender.outbox()).every((each) => /^(sent|uncertain) /.test(each))
  })
  // What is in doubt isn't sent once more before ten minutes have gone: nothing has arrived twice by now.
  const before = taken(sender)
  assert.deepEqual(before, [...new Set(before)])
  const doubted = (await outboxRows(sender)).filter(({ state }) => state === 'uncertain')
  for (const { subject, name } of doubted) {
    assert.ok(underway.has(subject), `${subject} is in doubt`)
    assert.equal((await sender.run(['outbox', 'retry', name])).code, 0)
  }
  await until(async () => {
    await sender.sync()
    return taken(sender).length >= before.length + doubted.length
  })
  const after = taken(sender)
  assert.deepEqual([...new Set(after)], subjects.toSorted())
  for (const subject of subjects)
    if (after.indexOf(subject) !== after.lastIndexOf(subject)) assert.ok(underway.has(subject), subject)
  console.log(`${kills} kills, ${underway.size} in a hand-over, ${doubted.length} in doubt`)
})

const taken = ({ smtp }: Sender): string[] =>
  smtp.taken.map(({ bytes }) => /^Subject: (.*)\r$/m.exec(Buffer.from(bytes).toString())?.[1] ?? '').sort()
