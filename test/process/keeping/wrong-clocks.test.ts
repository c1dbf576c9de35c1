import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { letter } from '../../world/letter.js'
import { lastEvent } from '../../world/process/program.js'
import { makeWorld, type World } from '../../world/process/world.js'

/** Clocks that jump by a year between two syncs: nothing goes, nothing ends early, nothing comes twice. */

const yearMs = 365 * 86_400_000

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
      // Whoever keeps its clock is a process of its own.
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

/** At both sides new mail, another one marked, and one less. */
async function change({ server, person }: World, round: number): Promise<void> {
  server.person.deliver(inbox, letter(`down${round}.`))
  person.deliver(inbox, letter(`up${round}.`))
  server.person.flag(server.person.find(inbox, `a${round}.`))
  person.flag(person.find(inbox, `b${round}.`))
  server.person.remove(server.person.find(inbox, `c${round}.`))
  person.remove(person.find(inbox, `d${round}.`))
}
