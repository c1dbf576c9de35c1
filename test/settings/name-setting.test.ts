import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allSettings } from '../../src/cli/settings/all-settings.js'
import { hasCode, type PacketboatError } from '../../src/errors/packetboat-error.js'
import { nameSetting, tomlOfWords } from '../../src/settings/name-setting.js'

const registry = allSettings()
const place = { resolve: (path: string) => `/here/${path}` }

test('a setting is named as the file has it, and without the quotation marks that a shell takes off', () => {
  const names: [string, readonly string[], string | undefined][] = [
    ['attachments', ['attachments'], 'attachments'],
    ['link.iridium.price', ['link', 'iridium', 'price'], 'price'],
    ['mailbox."Archive/*".expunge', ['mailbox', 'Archive/*', 'expunge'], 'expunge'],
    ['mailbox.Archive/*.expunge', ['mailbox', 'Archive/*', 'expunge'], 'expunge'],
    ['mailbox.Lists.dev.expunge', ['mailbox', 'Lists.dev', 'expunge'], 'expunge'],
    ['mailbox."a.b c".expunge', ['mailbox', 'a.b c', 'expunge'], 'expunge'],
    ['link.iridium', ['link', 'iridium'], undefined],
    ['link', ['link'], undefined],
  ]
  for (const [words, key, known] of names) {
    const named = nameSetting(registry, words)
    assert.deepEqual(named.key, key, words)
    assert.equal(named.known?.name, known, words)
  }
})

test('what is no setting is refused, and says which one may be meant', () => {
  const wrong: [string, RegExp][] = [
    ['atachments', /Did you mean attachments\?/],
    ['link.iridium.prise', /Did you mean link\.iridium\.price\?/],
    ['link.a b.prise', /Did you mean link\."a b"\.price\?/],
    ['linc.iridium.price', /Did you mean link\.NAME\.price\?|config example/],
    ['', /config example/],
    ['.', /config example/],
    ['attachments.x', /config edit/],
    ['__proto__', /config example/],
    ['link.__proto__.constructor', /config example/],
    ['a = 1\nb', /config example/],
    ['x'.repeat(100_000), /config example/],
  ]
  for (const [words, next] of wrong)
    assert.throws(
      () => nameSetting(registry, words),
      (error) => hasCode(error, 'USAGE') && next.test((error as PacketboatError).next),
      words.slice(0, 50),
    )
})

test('a value is kept as it was written, numbers and lists are such, and a path starts from here', () => {
  const values: [string, readonly string[], string][] = [
    ['link.iridium.price', ['1.20 USD/min'], '"1.20 USD/min"'],
    ['mailboxes', ['*', '!Junk'], '["*", "!Junk"]'],
    ['mailboxes', ['["*", "!Junk"]'], '["*", "!Junk"]'],
    ['mailboxes', ['INBOX'], '["INBOX"]'],
    ['guardShare', ['0.2'], '0.2'],
    ['maildir', ['Mail'], '"/here/Mail"'],
    ['attachments', ['20k'], '"20k"'],
    ['endpoint', ['{ command = ["pass", "boat"] }'], '{ command = ["pass", "boat"], timeout = "30 s" }'],
    ['endpoint', ['{not toml}'], '"{not toml}"'],
  ]
  for (const [name, words, toml] of values) {
    const { known } = nameSetting(registry, name)
    assert.ok(known, name)
    assert.equal(tomlOfWords(known, words, place), toml, name)
  }
  for (const [name, words] of [
    ['guardShare', ['5']],
    ['attachments', ['huge']],
    ['attachments', ['1k', '2k']],
    ['maildir', ['']],
    ['link.x.price', ['cheap']],
  ] as const) {
    const { known } = nameSetting(registry, name)
    assert.ok(known, name)
    assert.throws(
      () => tomlOfWords(known, words, place),
      (error) => hasCode(error, 'USAGE'),
      name,
    )
  }
})
