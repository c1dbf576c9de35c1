import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { linesOf, needs } from '../../world/process/guide.js'
import { eventsOf, lastEvent } from '../../world/process/program.js'
import { needsTmux, openScreen, type Terminal } from '../../world/process/terminal.js'
import { type Cleanup, makeWorld, type World } from '../../world/process/world.js'
import { until } from '../../world/until.js'

/** The lines that docs/GUIDES.md gives for mail programs, run in those programs. */

const repository = fileURLToPath(new URL('../../..', import.meta.url))

const mail = (subject: string): string =>
  `From: Ann <ann@north.example>\nTo: me@vester.example\nSubject: ${subject}\nMessage-ID: <${subject}@north.example>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nSee ${subject}.\n--b\nContent-Type: image/png; name="${subject}.png"\nContent-Transfer-Encoding: base64\n\n${Buffer.alloc(90_000, subject).toString('base64').replace(/.{76}/g, '$&\n')}\n--b--\n`

interface Person {
  readonly world: World
  readonly home: string
  /** What a mail program is started with: a home with ~/Mail, and `packetboat` in the PATH. */
  readonly env: Readonly<Record<string, string>>
  /** Subjects of which something is wanted, sorted. */
  wanted(): Promise<string[]>
}

async function makePerson(t: Cleanup): Promise<Person> {
  const world = await makeWorld(t, { mail: [] })
  for (const subject of ['chart', 'tide']) world.server.person.deliver(['INBOX'], mail(subject))
  world.server.person.makeMailbox(['Work'])
  world.server.person.deliver(['Work'], mail('plan'))
  await world.sync()
  const [home, bin] = [join(world.root, 'home'), join(world.root, 'bin')]
  mkdirSync(bin)
  writeFileSync(
    join(bin, 'packetboat'),
    `#!/bin/sh\nexec '${process.execPath}' '${join(repository, 'bin/packetboat')}' "$@" --data '${world.data}'\n`,
  )
  chmodSync(join(bin, 'packetboat'), 0o755)
  // A link the other way would do for all but aerc, which doesn't follow it.
  renameSync(world.maildir, join(home, 'Mail'))
  symlinkSync(join(home, 'Mail'), world.maildir)
  return {
    world,
    home,
    env: { HOME: home, PATH: `${bin}:${process.env['PATH']}`, TERM: 'xterm-256color' },
    wanted: async () => {
      const { messages } = lastEvent(await world.run(['waiting'])) as unknown as {
        messages: readonly { subject: string; parts: readonly { state: string }[] }[]
      }
      return messages
        .filter(({ parts }) => parts[0]?.state === 'wanted')
        .map(({ subject }) => subject)
        .sort()
    },
  }
}

/** Presses a key that pipes the message, waits until these are on the list, reads what packetboat says, and goes back. */
async function asks(
  { wanted }: Person,
  screen: Terminal,
  key: string,
  subjects: readonly string[],
): Promise<void> {
  const before = screen.screen().join('\n')
  let [now, tries] = ['', 0]
  await until(
    async () => {
      // A program that has just started may show mail and lose a key: nothing has changed on the screen then.
      if (tries++ % 100 === 0 && screen.screen().join('\n') === before) screen.press(key)
      now = (await wanted()).join()
      return now === subjects.join()
    },
    () => `${now} is wanted\n${screen.screen().join('\n')}`,
  )
  await screen.shows(/1 part .* comes with the next sync\.[\s\S]*press any key/i)
  screen.press('Enter')
}

for (const program of ['mutt', 'neomutt'])
  test(`in ${program} a key puts a message on the list, from the list and from the message, and one syncs`, {
    skip: needsTmux.skip || needs(program, '-v'),
  }, async (t) => {
    const person = await makePerson(t)
    const { world, home, env, wanted } = person
    writeFileSync(join(home, '.muttrc'), `${linesOf('GUIDES.md', 'mutt').join('\n')}\nset sort = subject\n`)
    const screen = openScreen(t, [program], { socket: join(world.root, 'tmux'), columns: 90, env })
    await screen.shows(/chart[\s\S]*tide/)
    await asks(person, screen, 'C-f', ['chart'])
    await screen.shows(/chart[\s\S]*tide/)
    screen.press('j', 'Enter')
    await screen.shows(/See tide\./)
    await asks(person, screen, 'C-f', ['chart', 'tide'])
    await screen.shows(/See tide\./)
    screen.press('S')
    await screen.shows(/ down, [\s\S]*press any key/i)
    assert.deepEqual(await wanted(), [])
    screen.press('Enter')
    await screen.shows(/tide/)
    // The other mailboxes are known too.
    screen.press('q')
    await screen.shows(/chart[\s\S]*tide/)
    screen.press('c', '?')
    if (program === 'mutt') {
      await screen.shows(/File mask/)
      screen.press('Tab')
    }
    await screen.shows(/Work/)
  })

test('in aerc a key puts a message on the list, from the list and from the message', {
  skip:
    needsTmux.skip ||
    needs('aerc', '-v') ||
    (existsSync('/usr/share/aerc/binds.conf') ? false : 'aerc has its defaults elsewhere'),
}, async (t) => {
  const person = await makePerson(t)
  const { world, home, env } = person
  const lines = linesOf('GUIDES.md', 'aerc')
  const [key, account] = [lines.at(-1) ?? '', lines.slice(0, -1)]
  const folder = join(home, '.config/aerc')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'accounts.conf'), `${account.join('\n')}\n`, { mode: 0o600 })
  const defaults = (name: string): string => readFileSync(join('/usr/share/aerc', name), 'utf8')
  writeFileSync(
    join(folder, 'binds.conf'),
    defaults('binds.conf').replace(/^\[(?:messages|view)\]$/gm, `$&\n${key}`),
  )
  // Else they stand as they lie in the folder.
  writeFileSync(join(folder, 'aerc.conf'), defaults('aerc.conf').replace(/^#?sort=.*$/m, 'sort=subject'))
  const xdg = { XDG_CONFIG_HOME: join(home, '.config'), XDG_DATA_HOME: join(home, '.local/share') }
  const screen = openScreen(t, ['aerc'], {
    socket: join(world.root, 'tmux'),
    columns: 110,
    env: { ...env, ...xdg },
  })
  const listed = (text: string): boolean => /Work/.test(text) && /chart/.test(text) && /tide/.test(text)
  await screen.shows(listed)
  await asks(person, screen, 'F', ['chart'])
  await screen.shows(listed)
  screen.press('j', 'Enter')
  await screen.shows(/See tide\./)
  await asks(person, screen, 'F', ['chart', 'tide'])
})

test('notmuch knows new mail after a sync, and its tags cross the line', {
  skip: needs('notmuch', '--version'),
}, async (t) => {
  const { world, home, env } = await makePerson(t)
  writeFileSync(
    join(home, '.notmuch-config'),
    `[database]\npath=${home}/Mail\n[maildir]\nsynchronize_flags=true\n`,
  )
  const notmuch = (...args: string[]): string => {
    const { status, stdout, stderr } = spawnSync('notmuch', args, { env, encoding: 'utf8' })
    assert.equal(status, 0, stderr)
    return stdout.trim()
  }
  notmuch('new')
  appendFileSync(join(world.data, 'client.toml'), `\n${linesOf('GUIDES.md', 'notmuch').join('\n')}\n`)
  world.server.person.deliver(['INBOX'], mail('news'))
  const { stdout } = await world.run(['sync'], { env })
  assert.deepEqual(
    eventsOf(stdout).filter(({ event }) => event === 'warning'),
    [],
  )
  assert.equal(notmuch('count', 'subject:news'), '1')
  notmuch('tag', '+flagged', 'subject:news')
  await world.run(['sync'], { env })
  assert.match(world.server.person.find(['INBOX'], 'news').name, /:2,.*F/)
})
