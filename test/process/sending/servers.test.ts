import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { makeWorld } from '../../world/process/world.js'
import { until } from '../../world/until.js'
import { outboxOf, sendThrough } from './sender.js'
import {
  certificateFile,
  me,
  mostBytes,
  type Outgoing,
  type OutgoingPlace,
  startNodeServer,
} from './servers/outgoing.js'
import { startPostfix, whyNoPostfix } from './servers/postfix.js'

/** Real mail servers, with STARTTLS and a login: what they take comes back into INBOX, and so does why they take something not. */

const servers: readonly {
  readonly name: string
  readonly skip: string | false
  start(t: TestContext, place: OutgoingPlace): Promise<Outgoing>
}[] = [
  { name: 'smtp-server', skip: false, start: startNodeServer },
  { name: 'Postfix', skip: whyNoPostfix() ?? false, start: startPostfix },
]

for (const { name, skip, start } of servers)
  test(`${name} takes mail after a login, and refuses a recipient and what is too big`, {
    skip,
  }, async (t) => {
    const certificate = certificateFile(t)
    if (!certificate) return t.skip('no openssl')
    const world = await makeWorld(t, { mail: [], serverEnv: { NODE_EXTRA_CA_CERTS: certificate.file } })
    const { port, user, password } = await start(t, { certificate, person: world.server.person })
    const passwordFile = join(world.root, 'password')
    writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 })
    const submit = `via = "smtp"\nhost = "localhost"\nport = ${port}\ntls = "starttls"\nuser = "${user}"\npasswordFile = "${passwordFile}"\nidentities = ["Ann <${me}>"]`
    const send = async (args: readonly string[], text: string) =>
      world.command(['sendmail', '--data', world.data, ...args], { stdin: text })
    const big = `From: ${me}\nSubject: big\n\n${'All is well aboard, and the wind is fair.\n'.repeat(mostBytes / 40)}`
    const inbox = (): string[] =>
      world.person.list(['INBOX']).map((mail) => Buffer.from(world.person.read(mail)).toString())
    // Nobody here knows yet how much the server takes.
    assert.equal((await send([me], big)).code, 0)
    assert.equal(
      (await send([me, 'nobody@boat.example'], `From: ${me}\nSubject: hello\n\nAll well.\n.\nBye.\n`)).code,
      0,
    )
    await sendThrough(world, submit)
    await until(async () => {
      await world.sync()
      return (await outboxOf(world)).sort().join() === 'refused big,sent hello' && inbox().length >= 2
    })
    const [came, ...more] = inbox().filter((text) => text.includes('\nAll well.\n.\nBye.\n'))
    assert.ok(came && more.length === 0)
    assert.match(came, new RegExp(`^From: ${me}$`, 'm'))
    // The large one has a report too, if the endpoint took it before it had asked its server how much that takes.
    const reports = inbox().filter((text) => text.includes('multipart/report'))
    assert.equal(reports.length, inbox().length - 1)
    assert.equal(reports.filter((text) => /nobody@boat\.example[\s\S]*550/.test(text)).length, 1)
    // The endpoint has asked its server by now, and takes no larger mail than that server does.
    const refused = await send([me], big)
    assert.equal(refused.code, 69)
    assert.match(refused.stderr, /larger than the 2\d\d kB that the mail server takes/)
    assert.equal(world.person.list(['Sent']).length, 1)
  })
