import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { FixtureMessage } from '../../../fixtures/make-mail.js'
import { type JsonEvent, lastEvent } from '../../world/process/program.js'
import { type Cleanup, makeWorld, type World } from '../../world/process/world.js'
import { until } from '../../world/until.js'

/** Wanting more: packetboat fetch, waiting, sync --choose, and what a mail program asks for. */

const noise = (bytes: number, seed: number): string =>
  Buffer.from(Array.from({ length: bytes }, (_, i) => (i * i * 31 + seed * 7919 + (i >> 3) * 131) & 255))
    .toString('base64')
    .replace(/.{76}/g, '$&\n')

/** A mail with attachments of these sizes. */
function mail(
  subject: string,
  from: string,
  sizes: readonly number[],
  rest: Partial<FixtureMessage> = {},
): FixtureMessage {
  const parts = sizes.map(
    (size, at) =>
      `--b\nContent-Type: image/png; name="${subject}-${at}.png"\nContent-Transfer-Encoding: base64\n\n${noise(size, size + at)}\n`,
  )
  const text = `From: ${from}\nTo: me@vester.example\nSubject: ${subject}\nMessage-ID: <${subject}@vester.example>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nSee ${subject}.\n${parts.join('')}--b--\n`
  return {
    mailbox: ['INBOX'],
    flags: [],
    internalDateMs: 1_700_000_000_000,
    bytes: new TextEncoder().encode(text),
    ...rest,
  }
}

const account = [
  mail('old', 'Ann Smith <ann@north.example>', [90_000]),
  mail('chart', 'Ben <ben@south.example>', [80_000, 200_000], { flags: ['\\Seen'] }),
  mail('plan', 'Ann Smith <ann@north.example>', [300_000], { mailbox: ['Work'] }),
]

interface Part {
  readonly name: string
  readonly sizeBytes: number
  readonly state: string
}
interface Message {
  readonly subject: string
  readonly mailbox: string
  readonly parts: readonly Part[]
}

async function waiting(world: World, ...args: string[]): Promise<Message[]> {
  const result = await world.run(['waiting', ...args])
  assert.equal(result.code, 0, result.stdout)
  return lastEvent(result)['messages'] as Message[]
}

const shown = (messages: readonly Message[]): string[] =>
  messages.map(
    ({ subject, parts }) =>
      `${subject} ${parts.map(({ sizeBytes, state }) => `${sizeBytes} ${state}`).join(', ')}`,
  )

async function run(world: World, args: readonly string[], code = 0): Promise<JsonEvent> {
  const result = await world.run(args)
  assert.equal(result.code, code, `${args.join(' ')}: ${result.stdout}${result.stderr}`)
  return lastEvent(result)
}

async function nameOf(world: World, subject: string, at = 0): Promise<string> {
  const message = (await waiting(world, '--all')).find((each) => each.subject === subject)
  return message?.parts[at]?.name ?? ''
}

const isWhole = (world: World, subject: string, mailbox = ['INBOX']): boolean =>
  !Buffer.from(world.person.read(world.person.find(mailbox, subject)))
    .toString()
    .includes('X-Packetboat-Partial')

async function syncedWorld(t: Cleanup): Promise<World> {
  const world = await makeWorld(t, { mail: account })
  await world.sync()
  return world
}

test('waiting lists what is deferred in the order in which it would come, and status points there', async (t) => {
  const world = await syncedWorld(t)
  assert.deepEqual(shown(await waiting(world)), [
    'old 90000 deferred',
    'chart 80000 deferred, 200000 deferred',
    'plan 300000 deferred',
  ])
  const { stdout } = await world.command(['waiting', '--data', world.data])
  assert.match(stdout, /^Ben: chart {2}\(INBOX\)$/m)
  assert.match(stdout, /^ {2}[0-9a-f]{12}\/2 +80 kB {2}chart-0\.png \(image\/png\) {2}gist: at most 4.0 kB$/m)
  assert.match(stdout, /^4 parts of 3 messages, 670 kB\./m)
  const status = await world.command(['status', '--data', world.data])
  assert.match(
    status.stdout,
    /^4 parts \(670 kB\) wait for packetboat fetch\.\npacketboat waiting lists them\.$/m,
  )
  assert.deepEqual((await world.status())['deferred'], { parts: 4, bytes: 670_000 })
})

test('fetch takes by part, message, mailbox, sender and size, each narrowing the choice', async (t) => {
  const world = await syncedWorld(t)
  const cases: [args: string[], expected: string[]][] = [
    [
      ['--from', 'ann@*'],
      ['old', 'plan'],
    ],
    [
      ['--from', 'ANN SMITH'],
      ['old', 'plan'],
    ],
    [['--from', 'ann'], []],
    [['--from', 'ann@*', '--under', '100k'], ['old']],
    [['--under', '85k'], ['chart']],
    [['--mailbox', 'Work'], ['plan']],
    [['--mailbox', 'Work', '--under', '100k'], []],
    [['--all'], ['chart', 'old', 'plan']],
  ]
  for (const [args, expected] of cases) {
    const event = await run(world, ['fetch', '--later', ...args])
    const wanted = (await waiting(world)).filter(({ parts }) => parts.some(({ state }) => state === 'wanted'))
    assert.deepEqual(wanted.map(({ subject }) => subject).sort(), expected, args.join(' '))
    assert.equal(Number(event['parts']) > 0, expected.length > 0)
    for (const { parts } of wanted)
      await run(world, ['waiting', '--later', parts[0]?.name.slice(0, 12) ?? ''])
  }
  await run(world, ['fetch'], 2)
  await run(world, ['fetch', '0123456789ab'], 1)
  const part = await nameOf(world, 'chart')
  const { event } = await run(world, ['fetch', part])
  assert.equal(event, 'synced')
  assert.deepEqual(shown(await waiting(world)).sort(), [
    'chart 200000 later',
    'old 90000 later',
    'plan 300000 later',
  ])
  await run(world, ['fetch', part.slice(0, 12)])
  assert.equal(isWhole(world, 'chart'), true)
})

test('what is put off or refused stays away when the rules change, until it is taken', async (t) => {
  const world = await syncedWorld(t)
  const [chart, old] = [await nameOf(world, 'chart'), await nameOf(world, 'old')]
  await run(world, ['waiting', '--never', chart.slice(0, 12), '--later', old])
  assert.deepEqual(shown(await waiting(world)), ['plan 300000 deferred', 'old 90000 later'])
  assert.deepEqual(shown(await waiting(world, '--all')), [
    'plan 300000 deferred',
    'old 90000 later',
    'chart 80000 never, 200000 never',
  ])
  assert.deepEqual((await world.status())['deferred'], { parts: 2, bytes: 390_000 })
  appendFileSync(join(world.data, 'client.toml'), '\nattachments = "all"\n')
  await world.sync()
  assert.deepEqual(
    ['chart', 'old', 'plan'].map((subject) =>
      isWhole(world, subject, subject === 'plan' ? ['Work'] : ['INBOX']),
    ),
    [false, false, true],
  )
  await run(world, ['fetch', '--all'])
  assert.deepEqual([isWhole(world, 'chart'), isWhole(world, 'old')], [false, true])
  await run(world, ['waiting', '--take', chart])
  assert.deepEqual(shown(await waiting(world, '--all')), ['chart 80000 wanted, 200000 never'])
  await world.sync()
  assert.deepEqual(shown(await waiting(world, '--all')), ['chart 200000 never'])
  await run(world, ['waiting', '--take', 'nothing'], 1)
})

test('a mail program pipes a message to fetch, with its marker or without', async (t) => {
  const world = await syncedWorld(t)
  const text = (subject: string): string =>
    Buffer.from(world.person.read(world.person.find(['INBOX'], subject))).toString('latin1')
  const piped = await world.run(['fetch', '-', '--later'], { stdin: text('old') })
  assert.equal(`${piped.code} ${lastEvent(piped)['parts']}`, '0 1')
  // As mutt pipes it with pipe_decode: without fields that it doesn't show.
  const decoded = `Subject: chart\n${text('chart').slice(text('chart').indexOf('\n\n'))}`
  assert.doesNotMatch(decoded, /X-Packetboat-Partial/)
  const result = await world.run(['fetch', '-'], { stdin: decoded })
  assert.equal(lastEvent(result).event, 'synced', result.stdout)
  for (const subject of ['old', 'chart']) assert.equal(isWhole(world, subject), true)
  const again = await world.run(['fetch', '-'], { stdin: text('old') })
  assert.equal(`${again.code} ${lastEvent(again)['code']}`, '1 NOT_FOUND')
  const never = await world.run(['waiting', '--never', '-'], {
    stdin: Buffer.from(world.person.read(world.person.find(['Work'], 'plan'))).toString('latin1'),
  })
  assert.equal(`${never.code} ${lastEvent(never)['never']}`, '0 1')
})

test('the keyword $PacketboatFetch in dovecot-keywords fetches the message, and goes off on both sides', async (t) => {
  const world = await syncedWorld(t)
  const { person, server } = world
  person.addKeyword(person.find(['INBOX'], 'old'), '$PacketboatFetch')
  await world.sync()
  assert.equal(isWhole(world, 'old'), true)
  assert.equal(isWhole(world, 'chart'), false)
  for (const side of [person, server.person])
    assert.doesNotMatch(side.find(['INBOX'], 'old').name, /:2,.*[a-z]/)
  await world.sync()
  assert.doesNotMatch(person.find(['INBOX'], 'old').name, /:2,.*[a-z]/)
  world.assertInStep({ standIns: true })
})

test('mailboxes says which rank each has, and why', async (t) => {
  const world = await makeWorld(t, {
    mail: [...account, mail('spam', 'x@y.example', [], { mailbox: ['Junk'] })],
  })
  world.server.person.makeMailbox(['Archive'])
  await run(world, ['config', 'unset', 'mailboxes'])
  await world.sync()
  const list = async (): Promise<string[]> =>
    (await world.command(['mailboxes', '--data', world.data])).stdout.trimEnd().split('\n')
  assert.match(
    (await list()).join('\n'),
    /^ +mailbox +messages +unseen +why\n1 +INBOX .* INBOX\n2 +Archive .* by name\n3 +Work .* by name\n4 +Junk/,
  )
  world.person.flag(world.person.find(['Work'], 'plan'))
  world.person.markSeen(world.person.find(['Junk'], 'spam'))
  await world.sync()
  const [, ...used] = await list()
  assert.match(used[1] ?? '', /^2 +Work .* in use: 1 action, last (?:just now|\d+ seconds? ago)$/)
  assert.match(used[3] ?? '', /^4 +Junk .* Trash and Junk go last$/)
  appendFileSync(
    join(world.data, 'client.toml'),
    '\npriority = ["Archive"]\nmailboxes = ["*", "!\\\\Junk"]\n',
  )
  const [, ...named] = await list()
  assert.match(named[0] ?? '', /^1 +Archive .* named in the settings$/)
  assert.match(named[3] ?? '', /^4 +Junk .* left out by the settings$/)
})

test('--choose without a terminal says what to do, and does nothing', async (t) => {
  const world = await makeWorld(t, { mail: account })
  const event = await run(world, ['sync', '--choose'], 2)
  assert.equal(event['code'], 'USAGE')
  assert.match(String(event['next']), /packetboat waiting/)
  assert.equal((await world.status())['messages'], 0)
})

const needsScript = {
  skip:
    spawnSync('script', ['--version']).status === 0 ? false : 'there is no script(1) to make a terminal with',
}
const binary = fileURLToPath(new URL('../../../bin/packetboat', import.meta.url))

/** `packetboat ARGS` on a pseudo-terminal, which can be closed where a file is named for its exit code. */
function onTerminal(t: Cleanup, world: World, args: readonly string[], code?: string) {
  const words = [process.execPath, binary, ...args, '--data', world.data]
  const call = words.map((word) => `'${word}'`).join(' ')
  const end =
    code === undefined
      ? `exec ${call}`
      : `trap '' HUP; ${call}; echo $? > '${code}.new'; mv '${code}.new' '${code}'`
  const line = `stty cols 60 rows 20; ${end}`
  const child: ChildProcess = spawn('script', ['-qec', line, '/dev/null'], {
    env: { PATH: process.env['PATH'], HOME: world.root, TERM: 'xterm', LC_ALL: 'C.UTF-8', SHELL: '/bin/sh' },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  t.after(async () => {
    child.kill('SIGKILL')
    await ended
  })
  let text = ''
  let look = (): void => {}
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    look()
  })
  return {
    /** Waits for this on the screen, behind what was waited for before. */
    shows: (what: RegExp): Promise<void> =>
      new Promise((resolve, reject) => {
        look = () => {
          const match = what.exec(text)
          if (!match) return
          text = text.slice(match.index + match[0].length)
          look = () => {}
          resolve()
        }
        ended.then(() => reject(new Error(`never showed ${what}:\n${text}`)))
        look()
      }),
    press: (keys: string): void => void child.stdin?.write(keys),
    close: (): void => void child.kill('SIGKILL'),
    ended,
  }
}

test(
  '--choose brings texts first, asks, brings what is picked, and leaves the rest where it is',
  needsScript,
  async (t) => {
    const world = await makeWorld(t, { mail: account })
    const price = '[link.iridium]\nprice = "1.20 EUR/min"\n'
    appendFileSync(join(world.data, 'client.toml'), `\nattachments = "150k"\n\n${price}`)
    const terminal = onTerminal(t, world, ['sync', '--choose', '--link', 'iridium'])
    await terminal.shows(/Which mailboxes should come\?/)
    // Before anything is fetched: what each would take on this line.
    await terminal.shows(/\[x\] INBOX +2 messages, [\d.]+ kB, \d+ (?:s|min), [\d.]+ EUR/)
    assert.equal((await world.status())['messages'], 0)
    terminal.press('\r')
    await terminal.shows(/What shall come\?/)
    // Before anybody has answered, texts are here and nothing big.
    assert.equal(world.person.find(['INBOX'], 'chart').mailbox[0], 'INBOX')
    await terminal.shows(/plan-0\.png/)
    // The rules would take "old" and the smaller chart. The other way round:
    terminal.press('i')
    await terminal.shows(/plan-0\.png/)
    terminal.press('\r')
    assert.equal(await terminal.ended, 0)
    assert.equal(isWhole(world, 'plan', ['Work']), true)
    assert.deepEqual(shown(await waiting(world)).sort(), ['chart 80000 later', 'old 90000 later'])
    const before = await world.sync()
    assert.deepEqual(shown(await waiting(world)).sort(), ['chart 80000 later', 'old 90000 later'])
    assert.ok(Number(before['down']) < 3000, `${before['down']} bytes`)
    await run(world, ['fetch', '--all'])
    world.assertInStep()
  },
)

test('--choose takes only the mailboxes that are picked', needsScript, async (t) => {
  const world = await makeWorld(t, { mail: account })
  const terminal = onTerminal(t, world, ['sync', '--choose'])
  await terminal.shows(/Which mailboxes should come\?/)
  await terminal.shows(/1 message, /)
  terminal.press('\x1b[B ')
  await terminal.shows(/1 mailbox: /)
  terminal.press('\r')
  await terminal.shows(/What shall come\?/)
  terminal.press('\r')
  assert.equal(await terminal.ended, 0)
  assert.equal((await world.status())['messages'], 2)
})

for (const [name, key] of [
  ['Ctrl-C', '\x03'],
  ['Ctrl-D', '\x04'],
] as const) {
  test(`${name} at the question for mailboxes is no sync that went well`, needsScript, async (t) => {
    const world = await makeWorld(t, { mail: account })
    const stopped = onTerminal(t, world, ['sync', '--choose'])
    await stopped.shows(/Up and down move|Space picks/)
    stopped.press(key)
    await stopped.shows(/Nothing was fetched/)
    assert.equal(await stopped.ended, 130)
  })
}

test(
  'a terminal that is closed at a question ends the run in good order, and nothing is chosen',
  needsScript,
  async (t) => {
    const world = await makeWorld(t, { mail: account })
    for (const question of [/Which mailboxes should come\?/, /What shall come\?/]) {
      const code = join(world.root, 'code')
      const terminal = onTerminal(t, world, ['sync', '--choose'], code)
      await terminal.shows(/Which mailboxes should come\?/)
      if (question.source.startsWith('What')) terminal.press('\r')
      if (question.source.startsWith('What')) await terminal.shows(question)
      terminal.close()
      await until(() => existsSync(code) && readFileSync(code, 'utf8') !== '')
      // 134 would be a crash of Node.
      assert.match(readFileSync(code, 'utf8'), /^(?:129|130)\n$/)
      rmSync(code)
    }
    assert.ok((await waiting(world)).flatMap(({ parts }) => parts).every(({ state }) => state !== 'later'))
    await run(world, ['fetch', '--all'])
    world.assertInStep()
  },
)

test('Ctrl-C or Ctrl-D at the question for parts leaves everything as it is', needsScript, async (t) => {
  const world = await syncedWorld(t)
  await run(world, ['fetch', '--later', await nameOf(world, 'old')])
  for (const key of ['\x03', '\x04']) {
    const terminal = onTerminal(t, world, ['sync', '--choose'])
    await terminal.shows(/What shall come\?/)
    terminal.press(key)
    await terminal.shows(/Nothing was chosen/)
    assert.equal(await terminal.ended, 130)
  }
  assert.deepEqual(shown(await waiting(world)).sort(), [
    'chart 80000 deferred, 200000 deferred',
    'old 90000 wanted',
    'plan 300000 deferred',
  ])
  await world.sync()
  assert.equal(isWhole(world, 'old'), true)
})
