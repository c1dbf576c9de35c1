import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sync } from '../../../src/sync/initiator/sync.js'
import { defaultPolicy, type Policy } from '../../../src/sync/policy/policy.js'
import { mailText } from '../../../testing/mail-store.js'
import { memoryLink } from '../../world/memory-link.js'
import { seededRandom } from '../../world/random.js'
import { makeSide } from '../../world/side.js'
import { linesOf } from '../servers/imap-lines.js'
import { imapSide } from '../servers/imap-world.js'
import { mailServers } from '../servers/mail-servers.js'

const everything: Policy = { ...defaultPolicy, textBytes: 1e9, smallBytes: 1e9, attachmentBytes: 1e9 }

/** A mailbox that we have open is renamed, as for an archive, and another one gets its name. */

for (const { name, skip, start } of mailServers)
  test(`a mailbox that another program renames and makes again while it is open is renamed here too: ${name}`, {
    skip,
  }, async () => {
    const server = await start()
    try {
      const { account, store, mail, close } = await imapSide(server)
      const client = await makeSide('client', { hasUpstream: true, random: seededRandom(3), numbered: true })
      const link = memoryLink(() => account)
      const here = (path: string): string[] =>
        (client.mail.snapshot().get(path) ?? [])
          .map(({ bytes }) => /^Subject: (.*?)\r?$/m.exec(Buffer.from(bytes).toString())?.[1] ?? '')
          .sort()
      await mail.createMailbox(['Archive'])
      for (const subject of ['a', 'b']) await mail.deliver(['Archive'], mailText(subject))
      await sync(client.account, { link, policy: everything })
      // What was read last stays selected.
      await mail.renameMailbox(['Archive'], ['Old'])
      await mail.createMailbox(['Archive'])
      await mail.deliver(['Archive'], mailText('c'))
      const identities = (await store.mailboxes()).map(({ identity }) => identity)
      assert.deepEqual([...new Set(identities)], identities)
      client.mail.person.deliver(['Archive'], mailText('d'))
      for (let run = 0; run < 3; run++) {
        await sync(client.account, { link, policy: everything })
        assert.deepEqual(linesOf(client.mail.snapshot()), linesOf(await mail.snapshot()), `run ${run}`)
        assert.deepEqual([...client.mail.snapshot().keys()].sort(), ['Archive', 'INBOX', 'Old'])
        assert.deepEqual(here('Archive').concat(here('Old')).sort(), ['a', 'b', 'c', 'd'])
      }
      await close()
    } finally {
      await server.stop()
    }
  })
