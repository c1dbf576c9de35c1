import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeRun } from '../../world/process/program.js'
import { until } from '../../world/until.js'
import { letterTo, makeSender, outboxRows, type Sender } from './sender.js'

/** What people ask of the outbox by mistake: nothing goes twice, and words say what is the matter. */

async function settled(sender: Sender): Promise<void> {
  await until(async () => {
    await sender.sync()
    return (await outboxRows(sender)).every(({ state }) => /^(?:sent|refused)$/.test(state))
  })
}

const nameOf = async (sender: Sender, state: string): Promise<string> =>
  (await outboxRows(sender)).find((row) => row.state === state)?.name ?? ''

test('mail that is handed in again twice goes once, to whom it has not reached', async (t) => {
  const sender = await makeSender(t)
  await sender.sync()
  const outbox = async (code: number, ...args: string[]): Promise<string> => {
    const result = await sender.run(['outbox', ...args])
    assert.equal(result.code, code, describeRun(args, result))
    return result.stdout + result.stderr
  }
  assert.equal(await sender.sendmail(['refused@x.org'], letterTo('refused@x.org', 'one')), 0)
  await settled(sender)
  const name = await nameOf(sender, 'refused')
  await outbox(0, 'retry', name, name)
  assert.match(await outbox(2, 'retry', name), /gets it with another one/)
  // The next sync takes it up; it stands in the database then.
  await settled(sender)
  assert.deepEqual(await sender.outbox(), ['refused one', 'refused one'])
  await outbox(0, 'retry', name)
  const again = await nameOf(sender, 'queued')
  await outbox(0, 'cancel', again, again)
  await outbox(0, 'retry', name)
})

test('what has gone can be neither held nor changed nor sent again, and words say why', async (t) => {
  const sender = await makeSender(t)
  await sender.sync()
  assert.equal(await sender.sendmail(['bob@x.org'], letterTo('bob@x.org', 'one')), 0)
  await settled(sender)
  const name = await nameOf(sender, 'sent')
  for (const verb of ['hold', 'release', 'retry', 'cancel', 'edit']) {
    const result = await sender.run(['outbox', verb, name], { env: { VISUAL: 'true' } })
    assert.equal(result.code, 2, describeRun([verb], result))
    assert.match(result.stdout, /it is sent/)
  }
})
