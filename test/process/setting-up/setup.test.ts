import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { makeMail } from '../../../fixtures/make-mail.js'
import { writeMaildir } from '../../../fixtures/write-maildir.js'
import { mailText } from '../../../testing/mail-store.js'
import { selfSigned } from '../../link/world.js'
import { startDovecot, whyNoDovecot } from '../../mailstore/servers/dovecot-server.js'
import { freePort } from '../../world/free-port.js'
import { binary, needsTmux, openScreen } from '../../world/process/terminal.js'
import { makeWorld } from '../../world/process/world.js'

const [first, ...others] = makeMail({ seed: 3, messages: 4, attachments: { share: 0 } })
const mail = [{ ...first!, mailbox: ['Spam'] }, ...others.map((each) => ({ ...each, mailbox: ['INBOX'] }))]

const openSetup = (
  t: TestContext,
  root: string,
  data: string,
  name: string,
  env: Readonly<Record<string, string>> = {},
) =>
  openScreen(t, [process.execPath, binary, 'setup', '--data', data], {
    socket: join(root, name),
    columns: 100,
    env: { HOME: join(root, 'home'), ...env },
  })

test('setup leads a client from its pairing string to its first sync', needsTmux, async (t) => {
  const world = await makeWorld(t, { mail })
  const add = ['device', 'add', 'me', 'tablet', '--data', world.server.data]
  const pairing = (await world.command(add)).stdout.trim()
  const data = join(world.root, 'tablet')
  const client = join(data, 'client.toml')
  const open = (name: string) => openSetup(t, world.root, data, name)
  const revoked = await world.command(['device', 'add', 'me', 'gone', '--data', world.server.data])
  await world.command(['device', 'revoke', 'gone', '--data', world.server.data])
  const pairTo = async (name: string, question: RegExp, typed?: string) => {
    const terminal = open(name)
    await terminal.shows(/What is this machine/)
    if (typed !== undefined) {
      terminal.press('Enter')
      await terminal.shows(/The pairing string/)
      terminal.press(typed, 'Enter')
    }
    await terminal.shows(question)
    return terminal
  }

  for (const [name, question, typed] of [
    ['machine', /What is this machine/, undefined],
    ['string', /incomplete or mistyped/, 'packetboat+psk://nonsense'],
    ['refused', /refuses\s+this\s+device/, revoked.stdout.trim()],
    ['maildir', /Where should the mail be/, pairing],
  ] as const) {
    const left = await pairTo(name, question, typed)
    left.press('C-c')
    await left.shows(/Nothing was changed[\s\S]*exit 130/)
    assert.ok(!existsSync(client), `${name}: nothing was written`)
  }

  const silent = createServer().listen(0, '127.0.0.1')
  t.after(() => silent.close())
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo
  const toSilent = ['--address', `127.0.0.1:${port}`, '--data', world.server.data]
  const unanswered = await world.command(['device', 'add', 'me', 'early', ...toSilent])
  const waiting = await pairTo('waiting', /The pairing string/, '')
  const asking = once(silent, 'connection')
  waiting.press(unanswered.stdout.trim(), 'Enter')
  const [line] = (await asking) as [Socket]
  waiting.press('C-c')
  await waiting.shows(/Nothing was changed[\s\S]*exit 130/)
  line.destroy()

  const terminal = await pairTo('whole', /incomplete or mistyped[\s\S]*The pairing string/, 'nonsense')
  terminal.press(pairing, 'Enter')
  await terminal.shows(/Where should the mail be/)
  const shown = terminal.screen().join('')
  assert.match(
    shown,
    /The endpoint answers after \d+ ms, and knows this machine as a device of the account me/,
  )
  assert.ok(!shown.includes(pairing.slice(20, 40)), 'the secret is not shown')
  terminal.press(join(world.root, 'home/Maildir-tablet'), 'Enter')
  await terminal.shows(/Which line is it/)
  terminal.press('Down', 'Enter')
  await terminal.shows(/What does it cost/)
  terminal.press('much', 'Enter')
  await terminal.shows(/should be a price like/)
  terminal.press('C-u', '2 USD/min', 'Enter')
  await terminal.shows(/\[x\] INBOX +3 messages, .*USD\n.*\[ \] Spam +1 message,[\s\S]*\n1 mailbox: /)
  const chosen = /^defaultLink = "(.+)"$/m.exec(readFileSync(client, 'utf8'))?.[1]
  assert.ok(chosen, 'the link stands in the settings')
  assert.match(readFileSync(client, 'utf8'), new RegExp(`^\\[link\\.${chosen}\\]\nprice = "2 USD/min"$`, 'm'))
  terminal.press('C-c')
  await terminal.shows(/is set up, and nothing was fetched yet[\s\S]*exit 130/)

  const goingOn = open('going-on')
  await goingOn.shows(/Which mailboxes should come/)
  goingOn.press('Down', 'Space')
  await goingOn.shows(/2 mailboxes: [\d.]+ kB, \d+ (?:s|min)/)
  goingOn.press('Up', 'Space', 'Down', 'Space')
  await goingOn.shows(/Pick at least one/)
  goingOn.press('Enter', 'Space', 'Enter')
  await goingOn.shows(/It would take about .*, about [\d.]+ USD\.[\s\S]*Start the first sync now/)
  assert.match(readFileSync(client, 'utf8'), /^mailboxes = \["\*", "!INBOX"\]$/m)
  assert.ok(!existsSync(join(world.root, 'home/Maildir-tablet/.Spam')), 'nothing was fetched yet')
  goingOn.press('Enter')
  await goingOn.shows(/1 new[\s\S]*exit 0/)

  await open('again').shows(/already sets up[\s\S]*exit 3/)
})

test('setup leads through an endpoint, and writes nothing before its last question', needsTmux, async (t) => {
  const world = await makeWorld(t, { mail: [] })
  const data = join(world.root, 'other')
  const home = join(world.root, 'home')
  const maildir = join(home, 'Maildir')
  writeMaildir(maildir, mail)
  const terminal = (name: string) => openSetup(t, world.root, data, name)
  const answers: readonly (readonly [RegExp, ...string[]])[] = [
    [/What is this machine/, 'Down', 'Enter'],
    [/Where is your mail/, 'Enter'],
    [/Which Maildir/, 'Enter'],
    [/account be called/, 'C-u', 'ann', 'Enter'],
    [/address do your devices reach/, '127.0.0.1:0', 'Enter'],
    [/first device be called/, 'Enter'],
  ]
  const left = terminal('left')
  for (const [question, ...keys] of answers) {
    await left.shows(question)
    left.press(...keys)
  }
  await left.shows(/How should it run/)
  left.press('C-c')
  await left.shows(/Nothing was changed[\s\S]*exit 130/)
  assert.ok(!existsSync(join(data, 'endpoint.toml')))

  const whole = terminal('whole')
  for (const [question, ...keys] of answers) {
    await whole.shows(question)
    whole.press(...keys.map((key) => key.replace(':0', ':41907')))
  }
  await whole.shows(/How should it run/)
  whole.press('Up', 'Enter')
  await whole.shows(/packetboat\+psk:\/\/[\s\S]*packetboat init[\s\S]*packetboat serve answers[\s\S]*exit 0/)
  const file = readFileSync(join(data, 'endpoint.toml'), 'utf8')
  assert.match(file, /^listen = \["127\.0\.0\.1:41907"\]$|^listen = "127\.0\.0\.1:41907"$/m)
  assert.match(file, new RegExp(`ann = "maildir:${maildir}"`))
  await terminal('again').shows(/What is this machine/)
})

test(
  'an endpoint that is to be set up needs mail that is there, and a password that the server takes',
  needsTmux,
  async (t) => {
    const world = await makeWorld(t, { mail: [] })
    const data = join(world.root, 'other')
    const terminal = openSetup(t, world.root, data, 'tmux-imap')
    await terminal.shows(/What is this machine/)
    terminal.press('Down', 'Enter')
    await terminal.shows(/Where is your mail/)
    terminal.press('Down', 'Enter')
    await terminal.shows(/As whom/)
    terminal.press('nobody', 'Enter')
    await terminal.shows(/Write it as/)
    terminal.press('C-u', 'ann@127.0.0.1:1', 'Enter')
    await terminal.shows(/connection encrypted/)
    terminal.press('Enter')
    await terminal.shows(/The password/)
    terminal.press('secret', 'Enter')
    const shown = (await terminal.shows(/can't be reached[\s\S]*exit 8/)).join('\n')
    assert.ok(!shown.includes('secret'))
    assert.ok(!existsSync(data), 'neither the password nor settings stay')
  },
)

test('setup puts an endpoint before an IMAP server, whose mail the first device gets', {
  skip: needsTmux.skip || whyNoDovecot(),
}, async (t) => {
  const certificate = selfSigned()
  assert.ok(certificate, 'no openssl')
  const dovecot = await startDovecot(certificate)
  t.after(() => dovecot.stop())
  const user = await dovecot.account()
  const imap = await dovecot.login(user)
  await imap.append('INBOX', mailText('hello'))
  await imap.logout()
  const world = await makeWorld(t, { mail: [] })
  const trusted = join(world.root, 'cert.pem')
  writeFileSync(trusted, certificate.cert)
  const answer = async (
    name: string,
    kind: 'Up' | 'Down',
    { env = {}, until }: { readonly env?: Readonly<Record<string, string>>; readonly until?: RegExp } = {},
  ) => {
    const data = join(world.root, name)
    const terminal = openSetup(t, world.root, data, `tmux-${name}`, env)
    for (const [question, ...keys] of [
      [/What is this machine/, 'Down', 'Enter'],
      [/Where is your mail/, 'Down', 'Enter'],
      [/As whom/, `${user}@127.0.0.1:${dovecot.port}`, 'Enter'],
      [/connection encrypted/, kind, 'Enter'],
      [/The password/, 'wrong', 'Enter'],
      [/refuses the login[\s\S]*The password/, 'x', 'Enter'],
      [/account be called/, 'C-u', 'ann', 'Enter'],
      [/address do your devices/, `127.0.0.1:${await freePort()}`, 'Enter'],
      [/first device/, 'Enter'],
      [/How should it run/, 'Enter'],
    ] as const) {
      await terminal.shows(question)
      terminal.press(...keys)
      if (question.source === until?.source) break
    }
    return { data, terminal }
  }

  const distrusted = await answer('distrusted', 'Down', { until: /The password/ })
  const said = await distrusted.terminal.shows(/exit 8/)
  assert.match(said.join(' '), /is not trusted: its certificate is self-signed.*NODE_EXTRA_CA_CERTS=FILE/)
  assert.ok(!existsSync(join(distrusted.data, 'endpoint.toml')))
  assert.ok(!existsSync(join(distrusted.data, 'ann.password')))

  for (const [name, kind, tls, env] of [
    ['plain', 'Up', 'none', {}],
    ['starttls', 'Down', 'starttls', { NODE_EXTRA_CA_CERTS: trusted }],
  ] as const) {
    const { data, terminal } = await answer(name, kind, { env })
    const shown = await terminal.shows(/packetboat\+psk:[\s\S]*listens on/)
    const pairing = (
      /packetboat\+psk:[\s\S]*?(?=\nOn the device)/.exec(shown.join('\n'))?.[0] ?? ''
    ).replaceAll('\n', '')
    assert.match(readFileSync(join(data, 'endpoint.toml'), 'utf8'), new RegExp(`tls = "${tls}"`))
    const kept = join(data, 'ann.password')
    assert.equal(statSync(kept).mode & 0o777, 0o600)
    assert.equal(readFileSync(kept, 'utf8'), 'x\n')
    const phone = ['--data', join(world.root, `phone-${name}`)]
    const maildir = join(world.root, `phone-mail-${name}`)
    const init = await world.command(['init', pairing, '--maildir', maildir, ...phone])
    assert.equal(init.code, 0, init.stderr)
    assert.match((await world.command(['sync', ...phone])).stdout, /1 new/)
    // It outlives its terminal.
    terminal.press('C-c')
    await terminal.shows(/exit \d/)
  }
})

test('setup without a terminal says what to use instead', async (t) => {
  const world = await makeWorld(t, { mail: [] })
  const { code, stderr } = await world.command(['setup', '--data', join(world.root, 'nothing')])
  assert.equal(code, 2)
  assert.match(stderr, /packetboat init @FILE[\s\S]*account add/)
  assert.ok(!existsSync(join(world.root, 'nothing')))
})

test('a new client leaves spam out unless told otherwise, and one that had it keeps it', async (t) => {
  const world = await makeWorld(t, { mail })
  const settings = join(world.data, 'client.toml')
  assert.match(readFileSync(settings, 'utf8'), /^mailboxes = \["\*", "!\\\\Junk"\]$/m)
  await world.sync()
  assert.deepEqual(world.person.list(['Spam']), [])
  const listed = await world.command(['mailboxes', '--data', world.data])
  assert.match(listed.stdout, /To sync all: packetboat config set mailboxes '\*'/)
  const set = ['config', 'set', 'mailboxes', '*', '--data', world.data]
  assert.equal((await world.command(set)).code, 0)
  await world.sync()
  world.assertInStep()

  const left = ['config', 'set', 'mailboxes', '*', '!\\Junk', '--data', world.data]
  assert.equal((await world.command(left)).code, 0)
  await world.sync()
  world.assertInStep()
  const shown = await world.command(['config', 'check', '--data', world.data])
  assert.equal(shown.code, 0)
  assert.doesNotMatch(shown.stdout + shown.stderr, /Junk/)
  // Pairing again leaves it as it is.
  assert.equal((await world.command(['config', 'unset', 'mailboxes', '--data', world.data])).code, 0)
  const pairing = /^endpoint = "(.*)"$/m.exec(readFileSync(settings, 'utf8'))?.[1] ?? ''
  assert.equal((await world.command(['init', pairing, '--force', '--data', world.data])).code, 0)
  assert.doesNotMatch(readFileSync(settings, 'utf8'), /^mailboxes/m)
})

test('a group of commands alone says what it wants', async (t) => {
  const world = await makeWorld(t, { mail: [] })
  const { code, stderr } = await world.command(['device'])
  assert.equal(code, 2)
  assert.match(stderr, /packetboat device alone does nothing[\s\S]*add \| list \| lost \| revoke/)
})
