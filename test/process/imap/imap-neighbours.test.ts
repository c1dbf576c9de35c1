import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { OddServer } from '../../mailstore/odd-imap/odd-imap-server.js'
import { oddMail } from '../../mailstore/odd-imap/odd-imap-world.js'
import { freePort } from '../../world/free-port.js'
import { lastEvent } from '../../world/process/program.js'
import { seededRandom } from '../../world/random.js'
import { type ImapDevice, serveImap } from './imap-served.js'

/** One endpoint, several accounts: what is wrong with the IMAP server of one is nothing to another. */

/** As much of it as anybody takes. */
function pourGarbage(socket: Socket): void {
  const garbage = Buffer.from(seededRandom(3).bytes(65_536))
  const pour = (): void => {
    while (!socket.destroyed && socket.write(garbage));
  }
  socket.on('drain', pour)
  pour()
}

test('an account syncs undisturbed beside others whose IMAP servers hang, refuse, hang up and talk garbage', async (t) => {
  const open = async (): Promise<OddServer> => {
    const server = await OddServer.start()
    t.after(() => server.close())
    return server
  }
  const [good, mute, slow, closing, garbage] = [
    await open(),
    await open(),
    await open(),
    await open(),
    await open(),
  ]
  mute.odd.connection = () => undefined
  // It never comes to an end, and never is it silent for long: nobody who waited for it would ever be served.
  slow.odd.command = ({ name }) => (name === 'LIST' ? 'DRIP' : undefined)
  closing.odd.connection = (socket) => void socket.end()
  garbage.odd.connection = pourGarbage
  good.add('INBOX', oddMail('a'))
  const bad = {
    mute: mute.port,
    slow: slow.port,
    closing: closing.port,
    garbage: garbage.port,
    refusing: await freePort(),
  }
  const served = await serveImap(t, { ...bad, good: good.port })
  const device = await served.addDevice('good')
  const others = new Map<string, ImapDevice>()
  for (const name of Object.keys(bad)) others.set(name, await served.addDevice(name))
  const syncing = new Map([...others].map(([name, other]) => [name, other.sync()]))
  const all = 'abcd'
  for (const subject of all) {
    if (subject !== 'a') good.add('INBOX', oddMail(subject))
    device.person.deliver(['INBOX'], Buffer.from(oddMail(`from ${subject}`)))
    const ended = await device.sync().ended
    assert.equal(ended.code, 0, ended.stdout + ended.stderr)
    assert.equal(lastEvent(ended)['listed'], 1)
    assert.equal(good.box('INBOX')?.messages.at(-1)?.bytes.includes(`Subject: from ${subject}\r\n`), true)
  }
  const files = ['cur', 'new'].flatMap((name) => readdirSync(join(device.maildir, name)))
  assert.equal(files.length, 2 * all.length)
  // Those of the others hear what is wrong there.
  for (const name of ['closing', 'garbage', 'refusing']) {
    const ended = await syncing.get(name)?.ended
    assert.equal(ended?.code, 8, `${name}: ${ended?.stdout}${ended?.stderr}`)
    assert.match(
      String(ended && lastEvent(ended)['message']),
      /IMAP server 127\.0\.0\.1:\d+ can't be reached/,
    )
  }
})
