import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { hasCode } from '../../src/errors/packetboat-error.js'
import { type Config, problemError, readConfig, type Sources } from '../../src/settings/config.js'
import { count, duration, oneOf, path, secret, text, texts } from '../../src/settings/kind.js'
import { createRegistry } from '../../src/settings/registry.js'
import { section, setting } from '../../src/settings/section.js'

const top = section({
  table: '',
  side: 'both',
  about: 'The top',
  settings: {
    mailstore: setting(oneOf('maildir', 'imap'), { default: 'maildir', help: 'What mail lives in' }),
    giveUpAfter: setting(duration(), {
      default: 120_000,
      help: 'Patience',
      flag: '--give-up-after <duration>',
    }),
    mailboxes: setting(texts, { default: [], help: 'Which' }),
    endpoint: setting(secret, { example: '"x"', help: 'Who' }),
    maildir: setting(path, { example: '"x"', help: 'Where' }),
  },
})
const more = section({
  table: '',
  side: 'both',
  about: 'Of another module',
  settings: { least: setting(count, { default: 10, help: 'Fewer may go' }) },
})
const imap = section({
  table: 'imap',
  side: 'endpoint',
  about: 'An adapter',
  settings: { host: setting(text, { example: '"mail"', help: 'Which host' }) },
  loaded: ({ mailstore }) => mailstore === 'imap',
})
const link = section({
  table: 'link',
  keyed: { name: 'NAME', example: 'iridium' },
  side: 'client',
  about: 'Links',
  settings: { patience: setting(duration(), { example: '"5 min"', help: 'Patience' }) },
  builtIn: { iridium: { patience: 300_000 }, lan: { patience: 1000 } },
})
const rules = section({
  table: 'link',
  keyed: { name: 'NAME', example: 'iridium' },
  side: 'client',
  about: 'What another module wants to know of a link',
  settings: { most: setting(count, { example: '5', help: 'How many' }) },
})
const registry = createRegistry([top, more, imap, link, rules])

const read = (text: string, also: Partial<Sources> = {}): Config =>
  readConfig(registry, {
    file: { path: '/etc/p.toml', text, place: { resolve: (written) => `/etc/${written}` } },
    env: {},
    flags: {},
    place: { resolve: (written) => `/cwd/${written}` },
    ...also,
  })

describe('settings from all sources', () => {
  it('are the defaults where nobody says anything', () => {
    const config = read('')
    assert.deepEqual(config.problems, [])
    assert.deepEqual(config.values(top), {
      mailstore: 'maildir',
      giveUpAfter: 120_000,
      mailboxes: [],
      endpoint: undefined,
      maildir: undefined,
    })
    assert.deepEqual(config.origin(top.settings.giveUpAfter), { from: 'default' })
  })

  it('go: file, environment, command line', () => {
    const file = 'giveUpAfter = 5\nleast = 3\nmaildir = "m"\n'
    const env = { PACKETBOAT_GIVE_UP_AFTER: '7 s', PACKETBOAT_LEAST: '4', PACKETBOAT_MAILBOXES: 'INBOX' }
    const flags = { '--give-up-after': '9' }
    assert.equal(read(file).values(top).giveUpAfter, 5000)
    assert.equal(read(file, { env }).values(top).giveUpAfter, 7000)
    const config = read(file, { env, flags })
    assert.deepEqual(config.problems, [])
    assert.equal(config.values(top).giveUpAfter, 9000)
    assert.equal(config.values(more).least, 4)
    assert.deepEqual(config.values(top).mailboxes, ['INBOX'])
    assert.equal(config.values(top).maildir, '/etc/m')
    assert.deepEqual(config.origin(top.settings.giveUpAfter), {
      from: 'command line',
      flag: '--give-up-after',
    })
    assert.deepEqual(config.origin(more.settings.least), {
      from: 'environment',
      variable: 'PACKETBOAT_LEAST',
    })
    assert.deepEqual(config.origin(top.settings.maildir), { from: 'file', path: '/etc/p.toml', line: 3 })
    assert.equal(read('', { env: { PACKETBOAT_MAILDIR: 'm' } }).values(top).maildir, '/cwd/m')
    assert.deepEqual(read('', { env: { PACKETBOAT_MAILBOXES: '["a", "b"]' } }).values(top).mailboxes, [
      'a',
      'b',
    ])
  })

  it('have names in tables, each module its own', () => {
    const config = read('[link.iridium]\nmost = 5\n[link."my link"]\npatience = 2\n')
    assert.deepEqual(config.problems, [])
    assert.deepEqual(
      [...config.named(link)],
      [
        ['iridium', {}],
        ['my link', { patience: 2000 }],
      ],
    )
    assert.deepEqual(
      [...config.named(rules)],
      [
        ['iridium', { most: 5 }],
        ['my link', {}],
      ],
    )
    const rows = config.rows().filter(({ table }) => table.name === 'link')
    assert.deepEqual(
      rows.map(({ key, name, value, origin }) => [key, name, value, origin?.from]),
      [
        ['iridium', 'patience', 300_000, 'built in'],
        ['iridium', 'most', 5, 'file'],
        ['my link', 'patience', 2000, 'file'],
        ['lan', 'patience', 1000, 'built in'],
      ],
    )
  })

  it('leave alone what an adapter reads that takes no part, and what nobody knows', () => {
    const text = '[imap]\nhots = 5\n[somebody-elses]\nx = 1\n'
    const config = read(text)
    assert.deepEqual(config.problems, [])
    assert.deepEqual([...config.leftAlone].sort(), ['imap', 'somebody-elses'])
    const loaded = read(`mailstore = "imap"\n${text}`)
    assert.equal(loaded.problems.length, 1)
    assert.match(loaded.problems[0]?.message ?? '', /^\/etc\/p\.toml:3: .*"hots" in \[imap\]/)
    assert.equal(loaded.problems[0]?.next, 'Did you mean "host"?')
    assert.equal(
      read('[imap]\nhost = "a"\n', { env: { PACKETBOAT_MAILSTORE: 'imap' } }).values(imap).host,
      'a',
    )
  })

  const wrong: readonly [
    what: string,
    sources: Partial<Sources> & { text?: string },
    message: RegExp,
    next?: RegExp,
  ][] = [
    [
      'a name with a slip',
      { text: '# x\n\ngive_up_aftr = 5' },
      /^\/etc\/p\.toml:3: .*"give_up_aftr"/,
      /"giveUpAfter"/,
    ],
    ['a name like no other', { text: 'zebra = 5' }, /^\/etc\/p\.toml:1: .*"zebra"/, /config example/],
    [
      'a table with a slip',
      { text: '[lnik.iridium]\nmost = 5' },
      /^\/etc\/p\.toml:1: .*table "lnik"/,
      /"link"/,
    ],
    ['a name in a table', { text: '[link.x]\n\nmots = 5' }, /:3: .*"mots" in \[link\.x\]/, /"most"/],
    ['a wrong value', { text: 'least = -5' }, /:1: least should be a whole number/],
    [
      'a wrong value in a table',
      { text: '[link."a b"]\nmost = "x"' },
      /:2: most should be .*in \[link\."a b"\]/,
    ],
    [
      'a choice with a slip',
      { text: 'mailstore = "mailder"' },
      /:1: mailstore should be one of/,
      /"maildir"/,
    ],
    ['an item of a list', { text: 'mailboxes = [\n"a",\n5]' }, /:3: mailboxes should be a list/],
    [
      'a part of a table',
      { text: 'endpoint = { comand = ["x"] }' },
      /:1: comand should be .*in \[endpoint\]/,
      /"command"/,
    ],
    [
      'a value where a table belongs',
      { text: 'link = "iridium"' },
      /:1: link should be a table, as \[link\.NAME\] is/,
    ],
    [
      'a value where a named table belongs',
      { text: '[link]\niridium = 5' },
      /:2: link\.iridium should be a table/,
    ],
    ['a table where a value belongs', { text: '[least]\nx = 1' }, /:1: least should be/],
    ['a list where a table belongs', { text: '[[link]]\nx = 1' }, /:1: link should be a table/],
    [
      'a variable with a wrong value',
      { env: { PACKETBOAT_LEAST: 'x' } },
      /^PACKETBOAT_LEAST should be a whole number/,
    ],
    ['a variable with a slip', { env: { PACKETBOAT_LESAT: '5' } }, /PACKETBOAT_LESAT/, /PACKETBOAT_LEAST/],
    [
      'an option with a wrong value',
      { flags: { '--give-up-after': 'x' } },
      /^--give-up-after should be a duration/,
    ],
  ]
  for (const [what, { text = '', ...also }, message, next] of wrong)
    it(`say what is wrong with ${what}`, () => {
      const { problems } = read(text, also)
      assert.equal(problems.length, 1, JSON.stringify(problems))
      assert.match(problems[0]?.message ?? '', message)
      if (next) assert.match(problems[0]?.next ?? '', next)
    })

  it('take no part in what others keep in the environment', () => {
    assert.deepEqual(
      read('', { env: { PACKETBOAT_SEED: '5', PACKETBOAT_HOOK_COUNT: '3', HOME: '/' } }).problems,
      [],
    )
  })

  it('tell of a wrong option with another code than of a wrong file', () => {
    assert.ok(hasCode(problemError(read('', { flags: { '--give-up-after': 'x' } })), 'USAGE'))
    assert.ok(hasCode(problemError(read('zebra = 1\nzabra = 2')), 'CONFIG'))
    assert.match(problemError(read('zebra = 1\nzabra = 2'))?.next ?? '', /names 1 more/)
    assert.equal(problemError(read('')), undefined)
  })

  it('can be registered once only', () => {
    assert.throws(() => createRegistry([top, { ...more, settings: top.settings }]), /two modules register/)
    assert.throws(() => createRegistry([top, { ...imap, table: 'maildir' }]), /a setting and a table/)
    assert.throws(() => createRegistry([link, { ...imap, table: 'link' }]), /for some of its modules only/)
  })
})
