import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { accountNames, documentOfAccount, wrongAccounts } from '../../src/settings/account-table.js'
import { count, path, text } from '../../src/settings/kind.js'
import { createRegistry } from '../../src/settings/registry.js'
import { section, setting } from '../../src/settings/section.js'
import { parseTomlDocument } from '../../src/settings/toml-document.js'

const registry = createRegistry([
  section({
    table: '',
    side: 'client',
    about: 'The top',
    settings: {
      maildir: setting(path, { help: 'Where', ofOneAccount: true }),
      attachments: setting(text, { help: 'How much' }),
      allowance: setting(count, { help: 'For all', ofAllAccounts: true }),
    },
  }),
  section({
    table: '',
    side: 'endpoint',
    about: 'The other side',
    settings: { listen: setting(text, { help: 'Where' }) },
  }),
  section({
    table: 'link',
    keyed: { name: 'NAME', example: 'boat' },
    side: 'client',
    about: 'Links',
    settings: { rate: setting(text, { help: 'How fast' }) },
  }),
])

const file = parseTomlDocument(
  '/etc/p.toml',
  [
    'maildir = "m"',
    'attachments = "20k"',
    '[link.boat]',
    'rate = "1"',
    '[account.work]',
    'attachments = "5k"',
    'maildir = "w"',
    '[account.work.link.boat]',
    'rate = "2"',
    '[account.work.link.pier]',
    'rate = "3"',
    '[account.club]',
  ].join('\n'),
)
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

describe('the tables of accounts', () => {
  it('are named in the order of the file', () => {
    assert.deepEqual(accountNames(file), ['work', 'club'])
    assert.deepEqual(accountNames(parseTomlDocument('x', 'maildir = "m"')), [])
    assert.deepEqual(accountNames(undefined), [])
  })

  it('stand over the top of the file, setting by setting, each with its line', () => {
    const work = documentOfAccount(registry, file, 'work')
    assert.deepEqual(plain(work.root), {
      attachments: '5k',
      maildir: 'w',
      link: { boat: { rate: '2' }, pier: { rate: '3' } },
    })
    assert.equal(work.lineOf(['attachments']), 6)
    assert.equal(work.lineOf(['link', 'boat', 'rate']), 9)
    const club = documentOfAccount(registry, file, 'club')
    assert.deepEqual(plain(club.root), { attachments: '20k', link: { boat: { rate: '1' } } })
    assert.equal(club.lineOf(['attachments']), 2)
    assert.equal(club.lineOf(['link', 'boat', 'rate']), 4)
  })

  it('are none of the top account, nor of one that the file does not know', () => {
    const top = { maildir: 'm', attachments: '20k', link: { boat: { rate: '1' } } }
    for (const name of [undefined, 'default'])
      assert.deepEqual(plain(documentOfAccount(registry, file, name).root), top)
    const { maildir: _, ...shared } = top
    for (const name of ['new', 'toString', '__proto__'])
      assert.deepEqual(plain(documentOfAccount(registry, file, name).root), shared)
  })

  for (const [what, text, key] of [
    ['a value in place of the tables', 'account = 5', 'account'],
    ['a value in place of a table', '[account]\nwork = "x"', 'account.work'],
    ['the name of the top account', '[account.default]', 'account.default'],
    ['a name that is no folder', '[account."a/b"]', 'account.a/b'],
    ['a name that leads up', '[account.".."]', 'account...'],
    ["a setting of an endpoint's", '[account.a]\nlisten = "x"', 'account.a.listen'],
    ['a setting that counts for all', '[account.a]\nallowance = 5', 'account.a.allowance'],
    ['accounts of an account', '[account.a.account.b]', 'account.a.account'],
  ] as const)
    it(`are refused: ${what}`, () => {
      const wrong = wrongAccounts(registry, parseTomlDocument('x', text))
      assert.deepEqual(
        wrong.map((each) => each.key.join('.')),
        [key],
      )
    })

  it('are accepted with what an account may have', () => {
    assert.deepEqual(wrongAccounts(registry, file), [])
  })
})
