import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { letter } from '../../world/letter.js'
import { lastEvent } from '../../world/process/program.js'
import { makeWorld, type World } from '../../world/process/world.js'

/** Clocks that jump by a year between two syncs: nothing goes, nothing ends early, nothing comes twice. */

const dayMs = 86_400_000
const yearMs = 365 * dayMs

/** What runs in this process has another clock until the next call. */
function setClock(t: TestContext, byMs: number): void {
  t.mock.timers.reset()
  if (byMs !== 0) t.mock.timers.enable({ apis: ['Date'], now: Date.now() + byMs })
}

const inbox = ['INBOX']

for (const who of ['client', 'endpoint'] as const)
  for (const [what, byMs] of [
    ['back', -yearMs],
    ['ahead', yearMs],
  ] as const)
    test(`a clock of the ${who} that is set ${what} by a year, and right again, loses and doubles nothing`, async (t) => {
      const world = await makeWorld(t, { mail: [], ...(who === 'client' && { endpoint: 'process' }) })
      for (const name of ['a', 'b', 'c', 'd'])
        for (const round of [0, 1, 2]) world.server.person.deliver(inbox, letter(`${name}${round}.`))
      // The side whose clock stays right runs as a process of its own.
      const env = who === 'endpoint' ? { env: { LANG: 'C' } } : {}
      const sync = () => world.sync([], env)
      const expunged = async (): Promise<number> =>
        (lastEvent(await world.run(['expunged'], env))['messages'] as unknown[]).length
      await sync()
      await change(world, 0)
      await sync()
      const kept = await expunged()
      assert.equal(kept, 1)
      for (const [round, clockMs] of [
        [1, byMs],
        [2, 0],
      ] as const) {
        setClock(t, clockMs)
        await change(world, round)
        await sync()
        await sync()
        world.assertInStep()
        const quiet = await sync()
        for (const count of ['listed', 'changed', 'sent', 'uploaded', 'written', 'problems'])
          assert.equal(quiet[count], 0, `round ${round}: ${count}`)
        assert.deepEqual(quiet['heldBack'], [])
        assert.equal(world.person.list(inbox).length, 12)
        assert.deepEqual(lastEvent(await world.run(['conflicts'], env))['conflicts'], [])
      }
      // What was expunged stays as long as it was to stay, by a clock that is right.
      if (what === 'back') assert.equal(await expunged(), 3)
    })

for (const who of ['client', 'endpoint'] as const)
  for (const [what, byMs] of [
    ['back', -yearMs],
    ['ahead', yearMs],
  ] as const)
    test(`a clock of the ${who} that is ${what} by a year takes nothing off the disk that is within keep`, async (t) => {
      const old = [200, 400, 1000]
      const mail = [1, 30, ...old].map((daysOld) => ({
        mailbox: inbox,
        flags: ['\\Seen'],
        internalDateMs: Date.now() - daysOld * dayMs,
        bytes: letter(`d${daysOld}.`),
      }))
      const world = await makeWorld(t, { mail, ...(who === 'client' && { endpoint: 'process' }) })
      const env = who === 'endpoint' ? { env: { LANG: 'C' } } : {}
      const set = (...words: string[]) => world.command(['config', ...words, '--data', world.data], env)
      // By the times in their names: what a test reads, a person has read.
      const began = Date.now()
      const here = () =>
        world.person
          .list(inbox)
          .map(({ name }) => Math.abs(Math.round((began / 1000 - Number.parseInt(name, 10)) / 86_400)))
          .sort((a, b) => a - b)
      await world.sync([], env)
      assert.equal((await set('set', 'keep', '90 days')).code, 0)
      assert.equal((await set('set', 'evict', '500 days')).code, 0)
      await world.sync([], env)
      assert.deepEqual(here(), [1, 30, 200, 400])
      setClock(t, byMs)
      for (const _ of [1, 2]) await world.sync([], env)
      assert.deepEqual(here(), [1, 30, 200, 400])
      assert.equal((await world.run(['evict'], env)).code, 0)
      assert.deepEqual(here().slice(0, 2), [1, 30])
      // What comes meanwhile is seen, whenever that is.
      const before = here().length
      world.server.person.deliver(inbox, letter('new.'))
      await world.sync([], env)
      assert.equal(here().length, before + 1)
      setClock(t, 0)
      await world.sync([], env)
      assert.equal((await world.run(['evict'], env)).code, 0)
      assert.deepEqual(here(), [0, 1, 30])
      assert.equal(world.server.person.list(inbox).length, 6)
      assert.equal((await set('unset', 'keep')).code, 0)
      await world.sync([], env)
      world.assertInStep()
    })

/** At both sides new mail, another one marked, and one less. */
async function change({ server, person }: World, round: number): Promise<void> {
  server.person.deliver(inbox, letter(`down${round}.`))
  person.deliver(inbox, letter(`up${round}.`))
  server.person.flag(server.person.find(inbox, `a${round}.`))
  person.flag(person.find(inbox, `b${round}.`))
  server.person.remove(server.person.find(inbox, `c${round}.`))
  person.remove(person.find(inbox, `d${round}.`))
}
