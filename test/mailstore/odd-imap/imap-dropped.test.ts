import assert from 'node:assert/strict'
import { listProblems } from '../../../src/replica/problems.js'
import { check, fill, kinds, type OddWorld, oddMail } from './odd-imap-world.js'

/** IMAP servers that say OK to an APPEND, and then don't have the message, or have it elsewhere. */

const withoutUids = ['MOVE NAMESPACE', ', without UIDPLUS'] as const

/** What is done with a message `c` instead of appending it to INBOX, and what is said. */
function instead(
  world: OddWorld,
  act: (uid: number) => void,
  told: 'with its UID' | 'without' | 'unused',
): void {
  world.server.odd.command = ({ name, text }) => {
    if (name !== 'APPEND' || !text.includes('Subject: c')) return undefined
    const box = world.server.box('INBOX') ?? assert.fail()
    const uid = box.uidNext
    if (told !== 'unused') box.uidNext++
    act(uid)
    return told === 'without' ? 'OK done' : `OK [APPENDUID ${box.uidValidity} ${uid}] done`
  }
}

async function deliver(world: OddWorld): Promise<void> {
  fill(world, 'a')
  fill(world, 'w', 'Work')
  await world.run()
  for (const subject of 'bcd') world.client.mail.person.deliver(['INBOX'], Buffer.from(oddMail(subject)))
}

const appends = ({ server }: OddWorld): number =>
  server.asked.splice(0).filter((asked) => asked.startsWith('APPEND')).length

for (const [extensions, with_] of [...kinds, withoutUids]) {
  for (const told of ['without', 'unused'] as const)
    check(
      `a message that the server has taken and dropped stays on the device, and is tried again with pauses: ${told}${with_}`,
      async (world) => {
        await deliver(world)
        instead(world, () => undefined, told)
        // The first tries follow at once.
        for (let run = 0; run < 3; run++) await world.run()
        appends(world)
        for (let run = 0; run < 3; run++) {
          await world.run()
          assert.equal(appends(world), 0, `run ${run}`)
          assert.deepEqual([world.here(), world.there()], ['abcd', 'abd'])
          const [problem] = await listProblems(world.endpoint.replica.db)
          assert.match(problem?.record.reason ?? '', /taken a message for INBOX, but the message isn't there/)
        }
        world.server.odd = {}
        world.wait()
        await world.run()
        assert.deepEqual([world.here(), world.there()], ['abcd', 'abcd'])
        assert.deepEqual(await world.problems(), [])
      },
      { extensions },
    )

  check(
    `a message that was appended and is nowhere at the next look was deleted by nobody${with_}`,
    async (world) => {
      await deliver(world)
      instead(world, () => undefined, 'with its UID')
      await world.run()
      world.server.odd = {}
      appends(world)
      for (let run = 0; run < 3; run++) {
        const { heldBack } = await world.run()
        assert.deepEqual(
          heldBack.map(({ gone, of }) => [gone, of]),
          [[1, 4]],
        )
        assert.deepEqual([world.here(), world.there()], ['abcd', 'abd'])
        assert.equal(appends(world), 0)
      }
    },
    { extensions },
  )

  check(
    `a message that the server shows late stays, and counts as any other from then on${with_}`,
    async (world) => {
      await deliver(world)
      const box = world.server.box('INBOX') ?? assert.fail()
      let show = (): void => undefined
      instead(world, (uid) => (show = () => void box.add(oddMail('c'), { uid })), 'with its UID')
      for (let run = 0; run < 2; run++) await world.run()
      show()
      appends(world)
      for (let run = 0; run < 3; run++) await world.run()
      assert.deepEqual([world.here(), world.there(), appends(world)], ['abcd', 'abcd', 0])
      box.remove(box.messages.filter(({ bytes }) => bytes.includes('Subject: c')))
      assert.deepEqual((await world.run()).heldBack, [])
      assert.equal(world.here(), 'abd')
    },
    { extensions },
  )

  check(
    `a message that a filter of the server moves at once is moved${with_}`,
    async (world) => {
      await deliver(world)
      instead(world, () => fill(world, 'c', 'Work'), 'with its UID')
      for (let run = 0; run < 3; run++) assert.deepEqual((await world.run()).heldBack, [])
      assert.deepEqual([world.here(), world.here('Work')], ['abd', 'cw'])
      assert.deepEqual([world.there(), world.there('Work'), appends(world)], ['abd', 'cw', 3])
      assert.deepEqual(await world.problems(), [])
    },
    { extensions },
  )
}
