import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { openMaildir } from '../../src/mailstore/maildir/maildir.js'
import { createMemoryMailStore } from '../../src/mailstore/memory/memory-mail-store.js'
import { mailStoreConformance } from './conformance.js'
import { startDovecot, whyNoDovecot } from './dovecot-server.js'
import { imapStoreAt } from './imap-endpoint.js'

const random = (size: number): Uint8Array => new Uint8Array(randomBytes(size))

mailStoreConformance('memory', async () => ({
  store: createMemoryMailStore({ randomBytes: random }),
  close: async () => {},
}))

mailStoreConformance('Maildir', async () => {
  const root = mkdtempSync(join(tmpdir(), 'packetboat-maildir-'))
  const options = { names: 'mutf7', now: Date.now, randomBytes: random, create: true } as const
  return {
    store: await openMaildir(root, options),
    close: async () => rmSync(root, { recursive: true, force: true }),
  }
})

const skip = whyNoDovecot()
const dovecot = skip === undefined ? startDovecot() : undefined
after(async () => (await dovecot)?.stop())
for (const [name, without] of [
  ['Dovecot', []],
  ['Dovecot without QRESYNC', ['QRESYNC']],
  [
    'Dovecot with nothing but IMAP4rev1',
    [
      ...['QRESYNC', 'CONDSTORE', 'UIDPLUS', 'LIST-EXTENDED', 'LIST-STATUS', 'SPECIAL-USE', 'ESEARCH'],
      ...['UNSELECT', 'BINARY', 'X-GUID'],
    ],
  ],
] as const)
  mailStoreConformance(
    name,
    async () => {
      const server = await dovecot
      if (!server) throw new Error('no Dovecot')
      return imapStoreAt(server.port, await server.account(), without)
    },
    { skip },
  )
