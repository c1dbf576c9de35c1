import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { meetBeside } from '../../sync/conflicts/conflict-matrix.js'
import { both, rows } from '../../sync/conflicts/conflict-table.js'
import { imapSide } from '../servers/imap-world.js'
import { mailServers } from '../servers/mail-servers.js'

/**
 * The table of docs/CONFLICTS.md where "there" is a real IMAP server, on which another program does things, and "here" a device. A sample of
 * the rows, other ones for each server; PACKETBOAT_ALL=1 runs all.
 */

const every = process.env['PACKETBOAT_ALL'] ? 1 : 40

// Nobody can make a server lose its numbering over IMAP.
const pairs = rows.flatMap(both).filter(({ there }) => there !== 'UIDVALIDITY changed')

/** A mailbox that is renamed on a Courier is another one, and the old one deleted: what was in it is then known by its content alone. */
const byName = (name: string): typeof pairs =>
  pairs.filter(({ there }) => name !== 'Courier' || !there.startsWith('Box renamed'))

for (const [index, { name, skip, start }] of mailServers.entries()) {
  const server = skip === undefined ? start() : undefined
  after(async () => (await server)?.stop())
  for (const { here, there, state, log } of byName(name).filter((_, n) => n % every === (index * 13) % every))
    test(`${name}: ${here} / ${there}`, { skip }, async () => {
      const running = await server
      if (!running) return
      const top = await imapSide(running)
      try {
        const outcome = await meetBeside(here, there, top)
        assert.equal(outcome.state, state)
        assert.deepEqual(
          outcome.noted.filter((kind) => !log.includes(kind)),
          [],
        )
      } finally {
        await top.close()
      }
    })
}
