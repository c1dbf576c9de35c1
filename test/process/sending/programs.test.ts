import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { linesOf, needs } from '../../world/process/guide.js'
import { binary, needsTmux, openScreen } from '../../world/process/terminal.js'
import { makeWorld, type World } from '../../world/process/world.js'
import { until } from '../../world/until.js'
import { outboxOf, sendThrough } from './sender.js'
import { certificateFile, me, mostBytes, startNodeServer } from './servers/outgoing.js'

/** The lines of docs/SENDING.md, in the programs that they are for and at the endpoint: from the program to a mail server, and back into INBOX. */

interface Person {
  readonly world: World
  readonly home: string
  readonly env: Readonly<Record<string, string>>
  run(program: string, args: readonly string[], input?: string): { code: number | null; said: string }
  file(name: string, text: string): void
}

function makePerson(world: World): Person {
  const [home, bin] = [join(world.root, 'home'), join(world.root, 'bin')]
  mkdirSync(bin)
  for (const name of ['packetboat', 'sendmail', 'mailq']) symlinkSync(binary, join(bin, name))
  const env = {
    HOME: home,
    PACKETBOAT_CONFIG: join(world.data, 'client.toml'),
    PACKETBOAT_DATA: world.data,
    PATH: `${bin}:${process.env['PATH']}`,
    XDG_CONFIG_HOME: join(home, '.config'),
    XDG_DATA_HOME: join(home, '.local/share'),
    XDG_RUNTIME_DIR: home,
    // s-nail looks for its file in root's home otherwise.
    DEAD: join(home, 'dead.letter'),
    MAILRC: join(home, '.mailrc'),
    TERM: 'xterm-256color',
  }
  return {
    world,
    home,
    env,
    run: (program, args, input = '') => {
      const { status, stdout, stderr } = spawnSync(program, args, {
        cwd: home,
        env,
        input,
        encoding: 'utf8',
        timeout: 120_000,
      })
      return { code: status, said: stdout + stderr }
    },
    file: (name, text) => {
      mkdirSync(join(home, name, '..'), { recursive: true })
      writeFileSync(join(home, name), text, { mode: 0o600 })
    },
  }
}

/** The block for the endpoint, with the places and names of this test. */
function endpointLines(port: number, passwordFile: string): string {
  const lines = linesOf('SENDING.md', 'Set up the endpoint')
  const submit = lines.slice(lines.indexOf('[accounts.ann.submit]') + 1)
  const here: Readonly<Record<string, string>> = {
    host: `"localhost"\ntls = "starttls"\nport = ${port}`,
    user: '"ann"',
    passwordFile: `"${passwordFile}"`,
    identities: `["Ann <${me}>"]`,
  }
  return submit
    .map((line) =>
      line.replace(/^(\w+) = .*/, (all, key: string) => (key in here ? `${key} = ${here[key]}` : all)),
    )
    .join('\n')
}

test('what the guide has people set up sends mail', async (t) => {
  const certificate = certificateFile(t)
  if (!certificate) return t.skip('no openssl')
  const world = await makeWorld(t, { mail: [], serverEnv: { NODE_EXTRA_CA_CERTS: certificate.file } })
  const { port, password } = await startNodeServer(t, { certificate, person: world.server.person })
  const person = makePerson(world)
  person.file('password', `${password}\n`)
  await sendThrough(world, endpointLines(port, join(person.home, 'password')))
  await world.sync()
  const sent: string[] = []
  for (const { name, skip, send } of programs)
    await t.test(name, { skip }, async (t) => {
      await send(person, t)
      sent.push(name)
    })
  const inbox = (): string[] =>
    world.person.list(['INBOX']).map((mail) => Buffer.from(world.person.read(mail)).toString())
  await until(async () => {
    await world.sync()
    return inbox().length >= 2 * sent.length
  })
  for (const name of sent) {
    const [came, ...more] = inbox().filter((text) => {
      const [header = ''] = text.split(/\r?\n\r?\n/)
      return new RegExp(`^Subject: (?:.* )?${name}$`, 'm').test(header)
    })
    assert.ok(came && more.length === 0, name)
    assert.match(came, new RegExp(`^From: .*${me}`, 'm'))
  }
  assert.equal(
    inbox().filter((text) => /multipart\/report[\s\S]*nobody@boat\.example/.test(text)).length,
    sent.length,
  )
  // By now a sync has told how much the server takes.
  await t.test(
    'a mail that is too big is refused while mutt still has it',
    { skip: needs('mutt', '-v') },
    () => {
      person.file('big', 'All is well aboard, and the wind is fair.\n'.repeat(mostBytes / 40))
      const { code, said } = person.run('mutt', ['-s', 'big', '-a', 'big', '--', me], 'See there.\n')
      assert.notEqual(code, 0)
      assert.match(said, /larger than the 200 kB that the mail server takes/)
    },
  )
})

/** A block of the guide, where Ann has another address. */
const guide = (section: string): string[] =>
  linesOf('SENDING.md', section).map((line) => line.replaceAll('ann@example.org', me))

const both = [me, 'nobody@boat.example'] as const

interface MailProgram {
  readonly name: string
  readonly skip: string | boolean
  send(person: Person, t: TestContext): Promise<void> | void
}

const programs: readonly MailProgram[] = [
  ...['mutt', 'neomutt'].map((name) => ({
    name,
    skip: needs(name, '-v'),
    send: ({ run, file }: Person) => {
      file('.muttrc', guide('mutt, neomutt').join('\n'))
      const { code, said } = run(name, ['-s', name, '--', ...both], 'Hello.\n')
      assert.equal(code, 0, said)
    },
  })),
  {
    name: 'aerc',
    skip:
      needsTmux.skip ||
      needs('aerc', '-v') ||
      (existsSync('/usr/share/aerc/binds.conf') ? false : 'aerc has its defaults elsewhere'),
    send: async ({ world, home, env, file }, t) => {
      for (const folder of ['cur', 'new', 'tmp'])
        mkdirSync(join(home, 'Mail/INBOX', folder), { recursive: true })
      const account = guide('aerc').filter((line) => !line.startsWith('#'))
      file('.config/aerc/accounts.conf', ['[me]', 'source = maildir://~/Mail', ...account, ''].join('\n'))
      const defaults = (name: string): string => readFileSync(join('/usr/share/aerc', name), 'utf8')
      file('.config/aerc/binds.conf', defaults('binds.conf'))
      file('.config/aerc/aerc.conf', defaults('aerc.conf').replace(/^#?editor=.*$/m, 'editor=true'))
      const screen = openScreen(t, ['aerc'], { socket: join(world.root, 'tmux'), columns: 110, env })
      await screen.shows(/INBOX/)
      screen.press(':', `compose -H "To:${both.join(',')}" -H "Subject:aerc"`, 'Enter')
      await screen.shows(/Send this email/)
      screen.press('y')
      await until(async () => (await outboxOf(world)).includes('queued aerc'))
      screen.press(':', 'quit', 'Enter')
    },
  },
  {
    name: 'git-send-email',
    skip: needs('git', 'send-email', '--dump-aliases') || needs('perl', '-MMail::Address', '-e1'),
    send: ({ run }) => {
      const script = [
        'set -e',
        ...guide('git send-email'),
        'git config --global user.name Ann',
        `git config --global user.email ${me}`,
        'git init -q patches',
        'cd patches',
        'echo one >f',
        'git add f',
        'git commit -q -m git-send-email',
        `git send-email --quiet --confirm=never --suppress-cc=all ${both.map((to) => `--to=${to}`).join(' ')} --root HEAD`,
      ].join('\n')
      const { code, said } = run('sh', ['-c', script])
      assert.equal(code, 0, said)
    },
  },
  {
    name: 's-nail',
    skip: needs('s-nail', '-V'),
    send: ({ run, file, home }) => {
      const lines = guide('s-nail')
      const isSetting = (line: string): boolean => /^(?:#|set )/.test(line)
      // root's home is another one to it.
      file('.mailrc', `${lines.filter(isSetting).join('\n').replaceAll('=~', `=${home}`)}\n`)
      run('sh', ['-c', lines.filter((line) => !isSetting(line)).join('\n')])
      const { code, said } = run('s-nail', ['-s', 's-nail', ...both], 'Hello.\n')
      assert.equal(code, 0, said)
    },
  },
  {
    name: 'draft',
    skip: false,
    send: ({ world, run }) => {
      world.person.makeMailbox(['Drafts'])
      const draft = (subject: string): string =>
        `From: Ann <${me}>\nTo: ${me}\nBcc: nobody@boat.example\nSubject: ${subject}\n\nHello.\n`
      const earlier = world.person.saveDraft(draft('an earlier one'))
      utimesSync(join(world.maildir, '.Drafts/cur', earlier.name), 1, 1)
      world.person.saveDraft(draft('draft'))
      const [line = ''] = guide('Thunderbird and phones')
      const { code, said } = run('sh', ['-c', line.replace('~/Mail', world.maildir)])
      assert.equal(code, 0, said)
    },
  },
  {
    name: 'cron',
    skip: false,
    send: ({ run }) => {
      const [setting] = guide('mail(1), cron, PHP and everything else').filter((line) =>
        line.startsWith('packetboat config set localMail'),
      )
      run('sh', ['-c', setting?.replace('me@example.org', me) ?? ''])
      // As Debian's cron does, to MAILTO=.
      const { code, said } = run(
        'sendmail',
        ['-i', '-FCronDaemon', '-B8BITMIME', '-oem', 'root', 'nobody@boat.example'],
        'From: root (Cron Daemon)\nTo: root\nSubject: cron\nAuto-Submitted: auto-generated\n\nfull\n',
      )
      assert.equal(code, 0, said)
    },
  },
]
