import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { mailText } from '../../../testing/mail-store.js'
import { until } from '../../world/until.js'
import { imapSide } from '../servers/imap-world.js'
import { mailServers } from '../servers/mail-servers.js'

/** A server tells of what others do, so that the index is warm before a device asks. */
for (const { name, skip, start } of mailServers) {
  const server = skip === undefined ? start() : undefined
  after(async () => (await server)?.stop())
  test(`${name} tells when mail comes`, { skip }, async () => {
    const running = await server
    if (!running) return
    const { store, mail, close } = await imapSide(running)
    const stop = new AbortController()
    try {
      await mail.createMailbox(['Box'])
      let told = (): void => {}
      let times = 0
      const watching = store.watch(() => {
        times++
        told()
      }, stop.signal)
      // Delivered until it is heard: nobody knows when the server has begun to listen.
      const heard = new Promise<void>((resolve) => (told = resolve))
      let over = false
      void heard.then(() => (over = true))
      let n = 0
      await until(async () => {
        if (over) return true
        await mail.deliver(n % 2 === 1 && name === 'Dovecot' ? ['Box'] : ['INBOX'], mailText(`m${n++}`))
        return false
      })
      assert.ok(times > 0, 'nothing was told')
      stop.abort()
      await watching
    } finally {
      stop.abort()
      await close()
    }
  })
}
