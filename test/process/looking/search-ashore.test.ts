import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FixtureMessage } from '../../../fixtures/make-mail.js'
import { lastEvent } from '../../world/process/program.js'
import { makeWorld } from '../../world/process/world.js'

/** What isn't here is asked for with a sync, found there, and taken from there. */

const dayMs = 86_400_000

function letter(subject: string, daysOld: number, mailbox = 'INBOX'): FixtureMessage {
  const text = `From: Ann <ann@example.org>\nSubject: ${subject}\nMessage-ID: <${subject.replaceAll(' ', '-')}@example.org>\n\nThe dues of the harbour.\n`
  return {
    mailbox: [mailbox],
    flags: ['\\Seen'],
    internalDateMs: Date.now() - daysOld * dayMs,
    bytes: new TextEncoder().encode(text),
  }
}

const account = [
  letter('new', 1),
  ...[200, 300, 400].map((daysOld) => letter(`Harbour dues ${daysOld}`, daysOld)),
  letter('Spam', 1, 'Spam'),
]

test('what is ashore is found with a sync, taken with the next one, and told in words', async (t) => {
  const world = await makeWorld(t, { mail: account })
  const run = (...words: string[]) => world.command([...words, '--data', world.data])
  const search = async (...words: string[]) => {
    const ran = await run('search', '--ashore', ...words)
    assert.equal(ran.code, 0, ran.stderr)
    return ran.stdout
  }
  for (const [name, value] of [
    ['keep', '90 days'],
    ['mailboxes', '*,!Spam'],
  ] as const)
    assert.equal((await run('config', 'set', name, ...value.split(','))).code, 0)
  await world.sync()
  assert.equal(await search(), 'Nothing was asked of the endpoint. packetboat search --ashore WORDS asks.\n')
  assert.equal(await search('from:ann', 'harbour dues'), 'The question goes up with the next sync.\n')
  assert.equal(await search('from:ann', 'harbour dues'), 'The question goes up with the next sync.\n')
  assert.equal(await search(), 'from:ann "harbour dues": waits\n')
  const { answers } = await world.sync()
  assert.deepEqual(answers, [{ question: 'from:ann "harbour dues"', total: 3 }])
  const found = await search('from:ann', 'harbour dues')
  assert.match(
    found,
    /^ +arrived +mailbox +from +subject +size +here\n1 .* INBOX +Ann +Harbour dues 200 +\d+ B\n/,
  )
  assert.match(found, /^3 messages \(\d+ B\) found ashore (just now|. seconds? ago)\.$/m)
  assert.match(found, /^--take 1,3 or --take all fetches them with the next sync\.$/m)

  const { messages, state, total } = lastEvent(
    await world.run(['search', '--ashore', 'from:ann', 'dues', '--limit', '2']),
  )
  assert.deepEqual({ messages, state, total }, { messages: [], state: 'waits', total: undefined })
  assert.match((await run('sync')).stdout, /^4 messages found ashore for from:ann dues\.$/m)
  const dues = await search('from:ann', 'dues', '--limit', '2')
  assert.match(dues, /^1 .* Spam +Ann +Spam +\d+ B +left out$/m)
  assert.match(dues, /^4 messages \(\d+ B\) found ashore .*, the newest 2 of which are listed\.$/m)
  // A page after the other, as long as there is more.
  const [, page = ''] = /^Add (before:\d{4}-\d\d-\d\d) to ask for older ones\.$/m.exec(dues) ?? []
  await search('from:ann', 'dues', page, '--limit', '2')
  await world.sync()
  const older = await search('from:ann', 'dues', page, '--limit', '2')
  assert.match(older, /^1 .*Harbour dues 200 .*\n2 .*Harbour dues 300 /m)
  const [, last = ''] = /^Add (before:\S+) to/m.exec(older) ?? []
  assert.ok(last < page)
  await search('from:ann', 'dues', last, '--limit', '1')
  await world.sync()
  assert.match(await search('from:ann', 'dues', last, '--limit', '1'), /^Add --limit 200 to list more\.$/m)

  const which = await run('search', '--take', '1')
  assert.equal(which.code, 2)
  assert.match(which.stderr, /Several questions were answered\./)
  const wrong = await run('search', '--take', '9', 'from:ann', 'dues')
  assert.equal(wrong.code, 2)
  assert.match(wrong.stderr, /There is no hit 9\./)
  const both = await run('search', '--take', '1-2', 'from:ann', 'dues')
  assert.match(
    both.stdout,
    /^1 message \(\d+ B, as far as your rules fetch them\) comes with the next sync\.$/m,
  )
  assert.match(both.stdout, /^1 message can't be fetched: your setting "mailboxes" leaves out Spam\.$/m)
  assert.match(await search('from:ann', 'harbour dues'), /^1 .* comes$/m)
  await world.sync()
  const [, name = ''] = /^1 .*B +([0-9a-f]{12})$/m.exec(await search('from:ann', 'harbour dues')) ?? []
  const read = await run('read', name)
  assert.match(read.stdout, /^Subject: +Harbour dues 200$/m)
  assert.match(read.stdout, /^The dues of the harbour\.$/m)
  assert.match((await run('status')).stdout, /^2 messages in \d+ mailboxes\.\n2 messages more/m)
  assert.equal((await search('--take', 'all', 'from:ann', 'harbour dues')).split(' ')[0], '2')
  await world.sync()
  assert.match((await run('status')).stdout, /^4 messages in/m)
})

test('a question that nobody could answer is refused, and writes nothing', async (t) => {
  const world = await makeWorld(t, { mail: [] })
  for (const [words, next] of [
    [['!'], /Use letters or digits/],
    [['after:soon'], /after:2019/],
    [['word '.repeat(200)], /too long/],
    [['x', '--take', '1'], /There are no hits to take/],
  ] as const) {
    const ran = await world.command(['search', '--ashore', ...words, '--data', world.data])
    assert.equal(ran.code, 2, ran.stdout)
    assert.match(ran.stderr, next)
  }
  const none = await world.command(['search', '--ashore', '--data', world.data])
  assert.match(none.stdout, /^Nothing was asked/)
})
