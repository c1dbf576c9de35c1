import assert from 'node:assert/strict'
import type { ImapMailStore } from '../../../src/mailstore/imap/imap-mail-store.js'
import { listProblems } from '../../../src/replica/problems.js'
import { check, fill, kinds, locator, type OddWorld } from './odd-imap-world.js'

/** IMAP servers that say OK to a change, and don't make it: Dovecot does so with EXPUNGE where somebody may not expunge. */

const withoutUids = ['NAMESPACE', ', without UIDPLUS'] as const

const changes = ({ server }: OddWorld): string[] =>
  server.asked.splice(0).filter((asked) => /^(UID )?(STORE|COPY|MOVE|EXPUNGE)|^APPEND/.test(asked))

const flagged = ({ server }: OddWorld, flag: string): string =>
  (server.box('INBOX')?.messages ?? [])
    .filter(({ flags }) => flags.includes(flag))
    .map(({ bytes }) => /^Subject: (.)/m.exec(bytes)?.[1])
    .join('')

/** What was to be done waits, with these words, is tried again with pauses, and is done by a server that has come to its senses. */
async function waits(world: OddWorld, words: RegExp, there: () => void): Promise<void> {
  for (let run = 0; run < 3; run++) await world.run()
  changes(world)
  for (let run = 0; run < 3; run++) {
    await world.run()
    assert.deepEqual(changes(world), [], `run ${run}`)
    const problems = await listProblems(world.endpoint.replica.db)
    assert.equal(problems.length, 1)
    assert.match(problems[0]?.record.reason ?? '', words)
    there()
  }
  world.server.odd = {}
  world.wait()
  await world.run()
  assert.deepEqual(await world.problems(), [])
  changes(world)
  for (let run = 0; run < 3; run++) await world.run()
  assert.deepEqual(changes(world), [])
}

for (const [extensions, with_] of [...kinds, withoutUids]) {
  check(
    `a message that the server has not removed, though it said so, stays deleted here and is removed later${with_}`,
    async (world) => {
      fill(world, 'abc')
      await world.run()
      world.server.odd.command = ({ name }) => (/EXPUNGE$/.test(name) ? 'OK done' : undefined)
      world.client.mail.person.remove(['INBOX'], locator(world, 'b'))
      await waits(world, /says that it has removed a message from INBOX, but it has not/, () => {
        assert.deepEqual([world.here(), world.there(), flagged(world, '\\Deleted')], ['ac', 'abc', ''])
      })
      assert.deepEqual([world.here(), world.there()], ['ac', 'ac'])
      const { aside } = world.endpoint.mailStore as ImapMailStore
      assert.equal((await aside.list()).length, 1)
    },
    { extensions },
  )

  for (const [sign, before, after] of [
    ['set', '', 'b'],
    ['taken off', 'b', ''],
  ] as const)
    check(
      `a flag that the server has not ${sign}, though it said so, stays as it is here and is a problem${with_}`,
      async (world) => {
        fill(world, 'ac')
        world.server.add('INBOX', 'Subject: b\r\n\r\nb\r\n', { flags: before ? ['\\Flagged'] : [] })
        await world.run()
        world.server.odd.command = ({ name }) => (name === 'UID STORE' ? 'OK done' : undefined)
        const flags = after ? ['\\Flagged', '\\Seen'] : []
        world.client.mail.person.setFlags(['INBOX'], locator(world, 'b'), flags)
        const here = (): string[] =>
          (world.client.mail.snapshot().get('INBOX') ?? []).flatMap(({ flags: its }) => its)
        await waits(world, /says that it has set flags in INBOX, but it has not/, () => {
          assert.deepEqual([here(), flagged(world, '\\Flagged')], [flags, before])
        })
        assert.deepEqual([here(), flagged(world, '\\Flagged')], [flags, after])
      },
      { extensions },
    )

  check(
    `a keyword that the server drops without a word is kept on the devices alone${with_}`,
    async (world) => {
      fill(world, 'ab')
      await world.run()
      world.server.odd.flag = (flag) => (flag === 'Odd' ? '\\Seen' : flag)
      world.client.mail.person.setFlags(['INBOX'], locator(world, 'a'), ['Odd', '\\Flagged'])
      for (let run = 0; run < 3; run++) await world.run()
      assert.deepEqual(await world.problems(), [])
      assert.equal(flagged(world, '\\Flagged'), 'a')
    },
    { extensions },
  )
}

for (const [extensions, with_] of kinds)
  for (const how of ['copied', 'moved'] as const)
    for (const told of ['with its UID', 'without'] as const)
      check(
        `a message that the server has not ${how}, though it said so ${told}, waits, with words that say so${with_}`,
        async (world) => {
          fill(world, 'abc')
          const work = world.server.make('Work')
          await world.run()
          world.server.odd.command = ({ name }) => {
            if (!/^UID (COPY|MOVE)$/.test(name)) return undefined
            const uid = work.uidNext++
            return told === 'without' ? 'OK done' : `OK [COPYUID ${work.uidValidity} 2 ${uid}] done`
          }
          const { person } = world.client.mail
          const did = how === 'copied' ? person.copy : person.move
          did(['INBOX'], locator(world, 'b'), ['Work'])
          const here = how === 'copied' ? 'abc' : 'ac'
          await waits(world, new RegExp(`says that it has ${how} a message to Work, but it has not`), () => {
            assert.deepEqual([world.here(), world.here('Work')], [here, 'b'])
            assert.deepEqual([world.there(), world.there('Work')], ['abc', ''])
          })
          assert.deepEqual([world.there(), world.there('Work')], [here, 'b'])
        },
        { extensions },
      )
