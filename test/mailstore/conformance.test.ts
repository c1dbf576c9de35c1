import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { openMaildir } from '../../src/mailstore/maildir/maildir.js'
import { createMemoryMailStore } from '../../src/mailstore/memory/memory-mail-store.js'
import { mailStoreConformance } from './conformance.js'
import { imapStoreAt } from './imap-endpoint.js'
import { mailServers, waysToSpeak } from './mail-servers.js'

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

for (const { name, skip, start } of mailServers) {
  const server = skip === undefined ? start() : undefined
  after(async () => (await server)?.stop())
  for (const { called, without } of waysToSpeak)
    mailStoreConformance(
      `${name} ${called}`,
      async () => {
        const running = await server
        if (!running) throw new Error(`no ${name}`)
        return imapStoreAt(running.port, await running.account(), { without })
      },
      { skip, keepsIdentity: name !== 'Courier', needsParents: name === 'Cyrus' },
    )
}
