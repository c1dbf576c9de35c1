import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { letter } from '../../world/letter.js'
import { linesOf } from '../../world/process/guide.js'
import { binary, needsTmux, openScreen, type Terminal } from '../../world/process/terminal.js'
import { until } from '../../world/until.js'
import { makeSender, type Sender } from './sender.js'

/** A message whose attachment isn't here, forwarded by real mail programs: the whole of it arrives, or the attachment does. */

const plan = letter('plan', {
  from: 'Bob <bob@example.org>',
  to: 'ann@example.org',
  id: 'plan',
  date: 'Mon, 02 Nov 2026 10:00:00 +0000',
  attachments: [{ bytes: 300_000, name: 'plan.pdf', type: 'application/pdf' }],
})

/** What docs/SENDING.md has for the settings of mutt, and for ~/.mailcap. */
const [ignoring = '', mailcap = ''] = linesOf('SENDING.md', "Forward what isn't here")

const needs = (program: string): string | false =>
  spawnSync(program, ['-v']).status === 0 ? false : `${program} is not installed here`

async function makeForwarder(t: TestContext): Promise<Sender> {
  const sender = await makeSender(t)
  sender.server.person.deliver(['INBOX'], plan)
  await sender.sync()
  await sender.sync()
  const standIn = sender.person.read(sender.person.find(['INBOX'], 'plan'))
  assert.ok(standIn.length < 3000, `${standIn.length} bytes are here`)
  return sender
}

/** What the mail server has got, with the bytes that went up for it. */
async function arrives(sender: Sender): Promise<string> {
  const { up } = await sender.sync()
  assert.ok(Number(up) < 2500, `${up} bytes up`)
  await until(async () => sender.smtp.taken.length >= 1)
  await until(async () => {
    await sender.sync()
    return (await sender.outbox()).join().startsWith('sent')
  })
  return Buffer.from(sender.smtp.taken[0]?.bytes ?? []).toString('latin1')
}

/** The attachment, with what its header says of it. */
const part = /Content-Type: application\/pdf[\s\S]*(?=\n--b--)/
  .exec(Buffer.from(plan).toString('latin1'))?.[0]
  .replaceAll('\n', '\r\n')

const whole = Buffer.from(plan).toString('latin1').replaceAll('\n', '\r\n')

/** What is quoted is the text alone. */
function assertAnswer(sent: string): void {
  assert.match(sent, /^In-Reply-To: .*plan/m)
  assert.match(sent, /^> The text of plan\./m)
  assert.doesNotMatch(sent, /not here|packetboat/i)
}

/** A command that mail programs can call, for this client. */
function sendmailFor(sender: Sender): string {
  const file = join(sender.root, 'sendmail')
  writeFileSync(
    file,
    `#!/bin/sh\nexec '${process.execPath}' '${binary}' sendmail --data '${sender.data}' "$@"\n`,
    {
      mode: 0o755,
    },
  )
  return file
}

function openMutt(
  t: TestContext,
  program: string,
  sender: Sender,
  how = ['set mime_forward = yes'],
): Terminal {
  const rc = join(sender.root, 'rc')
  writeFileSync(
    rc,
    [
      `set sendmail = "${sendmailFor(sender)}"`,
      `set mbox_type = Maildir`,
      `set folder = "${sender.maildir}"`,
      `set spoolfile = "${sender.maildir}"`,
      'set from = "ann@example.org"',
      'set use_from = yes',
      'set sendmail_wait = 30',
      'set copy = no',
      ...how,
      'set editor = true',
      'set abort_unmodified = no',
      'set delete = no',
      'set quit = yes',
      '',
    ].join('\n'),
  )
  return openScreen(t, [program, '-n', '-F', rc], {
    socket: join(sender.root, `tmux-${program}`),
    columns: 100,
    env: { HOME: join(sender.root, 'home'), TERM: 'xterm-256color' },
  })
}

/** Forwards the only message of the list, as far as mutt has taken it for sent. */
async function forwardInMutt(screen: Terminal): Promise<void> {
  await screen.shows(/plan/)
  screen.press('f')
  await sendFromMutt(screen)
  screen.press('q')
}

/** To eve or, where mutt suggests somebody, to them, with the subject that it suggests. */
async function sendFromMutt(screen: Terminal, to = /To: *$/m): Promise<void> {
  await screen.shows(to)
  screen.press(...(to.source.includes('Bob') ? [] : ['eve@x.org']), 'Enter')
  await screen.shows(/Subject: .*plan/)
  screen.press('Enter')
  await screen.shows(/y:Send/)
  screen.press('y')
  await screen.shows(/[Mm]ail sent|Mail queued/)
}

for (const program of ['mutt', 'neomutt']) {
  test(`${program} forwards it as an attachment`, { skip: needsTmux.skip || needs(program) }, async (t) => {
    const sender = await makeForwarder(t)
    const screen = openMutt(t, program, sender)
    await forwardInMutt(screen)
    const sent = await arrives(sender)
    assert.ok(sent.includes(`\r\n\r\n${whole.trimEnd()}\r\n`), sent.slice(0, 3000))
  })

  test(`${program} forwards its text with the attachment`, {
    skip: needsTmux.skip || needs(program),
  }, async (t) => {
    const sender = await makeForwarder(t)
    const screen = openMutt(t, program, sender, [
      'set mime_forward = no',
      'set forward_attachments = yes',
      ignoring,
    ])
    await forwardInMutt(screen)
    const sent = await arrives(sender)
    assert.match(sent, /The text of plan\./)
    assert.ok(part !== undefined && sent.includes(`\r\n${part}\r\n--`), sent.slice(0, 3000))
  })

  test(`${program} sends it on as it is`, { skip: needsTmux.skip || needs(program) }, async (t) => {
    const sender = await makeForwarder(t)
    const screen = openMutt(t, program, sender)
    await screen.shows(/plan/)
    screen.press('b')
    await screen.shows(/Bounce message to/)
    screen.press('eve@x.org', 'Enter')
    await screen.shows(/Bounce message to eve|Bounce message to .*\?/)
    screen.press('y')
    await screen.shows(/Message bounced/)
    screen.press('q')
    const sent = await arrives(sender)
    assert.match(sent, /^Resent-From: /)
    assert.ok(sent.endsWith(whole), sent.slice(0, 3000))
  })

  test(`${program} forwards the attachment alone`, { skip: needsTmux.skip || needs(program) }, async (t) => {
    const sender = await makeForwarder(t)
    const screen = openMutt(t, program, sender, ['set mime_forward = yes', ignoring])
    await screen.shows(/plan/)
    screen.press('v')
    await screen.shows(/plan\.pdf/)
    screen.press('j', 'f')
    await sendFromMutt(screen)
    screen.press('q', 'q')
    const sent = await arrives(sender)
    assert.ok(part !== undefined && sent.includes(`\r\n${part}\r\n--`), sent.slice(0, 3000))
    assert.doesNotMatch(sent, /The text of plan\./)
  })

  test(`${program} answers it`, { skip: needsTmux.skip || needs(program) }, async (t) => {
    const sender = await makeForwarder(t)
    const screen = openMutt(t, program, sender, ['set include = yes'])
    await screen.shows(/plan/)
    screen.press('r')
    await sendFromMutt(screen, /To: .*Bob/)
    screen.press('q')
    assertAnswer(await arrives(sender))
  })
}

test('mutt opens as text what stands for an attachment', {
  skip: needsTmux.skip || needs('mutt'),
}, async (t) => {
  const sender = await makeForwarder(t)
  mkdirSync(join(sender.root, 'home'), { recursive: true })
  writeFileSync(join(sender.root, 'home/.mailcap'), `${mailcap}\n`)
  const screen = openMutt(t, 'mutt', sender)
  await screen.shows(/plan/)
  screen.press('v')
  await screen.shows(/plan\.pdf/)
  screen.press('j', 'Enter')
  // Without the line mutt shows it too, and complains that nothing says how.
  const shown = await screen.shows(/packetboat fetch/)
  assert.doesNotMatch(shown.join('\n'), /mailcap/i)
})

const aercDefaults = '/usr/share/aerc'
const needsAerc =
  needs('aerc') || (existsSync(join(aercDefaults, 'binds.conf')) ? false : 'no defaults of aerc')

/** What the mail server has got of what aerc sends, once somebody has written it there. */
async function sendInAerc(
  t: TestContext,
  write: (screen: Terminal, home: string) => Promise<void> | void,
): Promise<string> {
  const sender = await makeForwarder(t)
  const home = join(sender.root, 'home')
  const config = join(home, '.config/aerc')
  mkdirSync(config, { recursive: true })
  const account = [
    '[me]',
    `source = maildirpp://${sender.maildir}`,
    'from = Ann <ann@example.org>',
    `outgoing = ${sendmailFor(sender)}`,
    '',
  ].join('\n')
  writeFileSync(join(config, 'accounts.conf'), account, { mode: 0o600 })
  const defaults = (name: string): string => readFileSync(join(aercDefaults, name), 'utf8')
  writeFileSync(join(config, 'binds.conf'), defaults('binds.conf'))
  writeFileSync(join(config, 'aerc.conf'), defaults('aerc.conf').replace(/^#?editor=.*$/m, 'editor=true'))
  const screen = openScreen(t, ['aerc'], {
    socket: join(sender.root, 'tmux-aerc'),
    columns: 110,
    env: {
      HOME: home,
      TERM: 'xterm-256color',
      XDG_CONFIG_HOME: join(home, '.config'),
      XDG_RUNTIME_DIR: home,
    },
  })
  await screen.shows(/plan/)
  await write(screen, home)
  await screen.shows(/Send this email/)
  screen.press('y')
  await until(async () => (await sender.outbox()).some((mail) => mail.startsWith('queued')))
  screen.press(':', 'quit', 'Enter')
  return arrives(sender)
}

const aerc = { skip: needsTmux.skip || needsAerc }

const type = (screen: Terminal, command: string): void => screen.press(':', command, 'Enter')

/** Opens the message of the list, and in it what stands for its attachment. */
async function openAttachment(screen: Terminal): Promise<void> {
  screen.press('Enter')
  await screen.shows(/The text of plan/)
  type(screen, 'next-part')
  await screen.shows(/No filter configured/)
}

test('aerc forwards its text with the attachment', aerc, async (t) => {
  const sent = await sendInAerc(t, (screen) => type(screen, 'forward -A eve@x.org'))
  assert.ok(part !== undefined && sent.includes(`\r\n${part}\r\n--`), sent.slice(0, 3000))
})

test('aerc forwards it as an attachment', aerc, async (t) => {
  const sent = await sendInAerc(t, (screen) => type(screen, 'forward -F eve@x.org'))
  assert.ok(sent.includes(`\r\n\r\n${whole.trimEnd()}\r\n`), sent.slice(0, 3000))
})

test('aerc answers it', aerc, async (t) => {
  assertAnswer(await sendInAerc(t, (screen) => type(screen, 'reply -q')))
})

test('aerc sends the attachment alone, as the file that stands for it', aerc, async (t) => {
  const sent = await sendInAerc(t, async (screen, home) => {
    await openAttachment(screen)
    type(screen, `save -f ${home}/`)
    const file = join(home, 'plan.pdf - not here yet.txt')
    await until(async () => existsSync(file) && readFileSync(file, 'utf8').trimEnd().endsWith(']'))
    // While a message is open there is no such command.
    type(screen, 'close')
    await screen.shows((shown) => !shown.includes('No filter configured'))
    type(screen, 'compose -H "To: eve@x.org" -H "Subject: The plan"')
    await screen.shows(/Send this email/)
    type(screen, `attach "${file}"`)
    await screen.shows(/not here yet/)
  })
  assert.ok(part !== undefined && sent.includes(`\r\n${part}\r\n--`), sent.slice(0, 3000))
  assert.doesNotMatch(sent, /The text of plan\./)
})

for (const [what, command, check] of [
  [
    'forwards',
    'forward -A eve@x.org',
    (sent: string) => assert.ok(part !== undefined && sent.includes(part)),
  ],
  ['answers', 'reply -q', assertAnswer],
] as const)
  test(`aerc ${what} it with the attachment open`, aerc, async (t) => {
    const sent = await sendInAerc(t, async (screen) => {
      await openAttachment(screen)
      type(screen, command)
    })
    check(sent)
  })
