import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allSettings } from '../../src/cli/settings/all-settings.js'
import { budgetOf } from '../../src/cli/settings/budget-settings.js'
import { allProblems } from '../../src/cli/settings/check-settings.js'
import { policyOf } from '../../src/cli/settings/client-settings.js'
import { keepText } from '../../src/cli/settings/keep-words.js'
import { hasCode } from '../../src/errors/packetboat-error.js'
import { linkProfile } from '../../src/link/profile/link-profile.js'
import { readConfig } from '../../src/settings/config.js'
import { defaultPolicy } from '../../src/sync/policy/policy.js'
import { gistKind } from '../../src/sync/policy/rules.js'
import { smallOnly } from '../../src/sync/policy/small-policy.js'

const place = { resolve: (path: string) => path }
const configOf = (text: string, flags: Record<string, string> = {}) =>
  readConfig(allSettings(), { file: { path: 'packetboat.toml', text, place }, env: {}, flags, place })

const limitsOf = (text: string, link: string) =>
  policyOf({ config: configOf(text) }, { link, nowMs: 0 }).rules.flatMap(({ limits }) => limits)

/** What the rules of a run say of parts, in words. */
const said = (text: string, link: string): string[] =>
  limitsOf(text, link).flatMap(({ what, upToBytes }) => (what === gistKind ? [] : `${what} ${upToBytes}`))

/** From which size on they want the text of a page, one after the other. */
const gists = (text: string, link: string): number[] =>
  limitsOf(text, link).flatMap(({ what, upToBytes }) => (what === gistKind ? [upToBytes] : []))

test('pages are read by their texts on links that are said to be slow, unless somebody says otherwise', () => {
  const [on, off] = [1024, Number.POSITIVE_INFINITY]
  for (const link of ['hf', 'iridium', 'gsm', 'modem']) assert.deepEqual(gists('', link), [on], link)
  for (const link of ['default', 'vsat', 'metered-mobile', 'lan']) assert.deepEqual(gists('', link), [], link)
  assert.deepEqual(gists('[link.boat]\nlike = "iridium"', 'boat'), [on])
  assert.deepEqual(gists('[link.boat]\nrate = "99 kbit/s"', 'boat'), [on])
  assert.deepEqual(gists('[link.boat]\nrate = "101 kbit/s"', 'boat'), [])
  assert.deepEqual(gists('[link.lan]\nlimitRate = "2400 bit/s"', 'lan'), [on])
  assert.deepEqual(gists('gist = "always"', 'lan'), [on])
  assert.deepEqual(gists('gist = "never"', 'hf'), [])
  assert.deepEqual(gists('gist = "never"\n[link.hf]\ngist = "always"', 'hf'), [on])
  assert.deepEqual(gists('[link.hf]\ngist = "never"', 'hf'), [])
  const rule = (word: string) => `[rule.a]\nfrom = ["*@a.example"]\ngist = "${word}"`
  assert.deepEqual(gists(rule('never'), 'hf'), [on, off])
  assert.deepEqual(gists(rule('always'), 'lan'), [on])
  assert.deepEqual(gists(rule('auto'), 'lan'), [off])
})

test('of kinds of parts somebody may say another size, or always or never, and the last that fits decides', () => {
  const off = Number.POSITIVE_INFINITY
  const gistsOf = (text: string, link: string) =>
    limitsOf(text, link).flatMap(({ what, upToBytes }) =>
      what.startsWith(gistKind) ? `${what} ${upToBytes}` : [],
    )
  const some = 'gist = ["html > 8k", "archives never"]'
  assert.deepEqual(gistsOf(some, 'hf'), ['gist 1024', 'gist/html 8000', `gist/archives ${off}`])
  assert.deepEqual(gistsOf(some, 'lan'), [])
  assert.deepEqual(gistsOf('gist = ["pdf always"]', 'lan'), [`gist ${off}`, 'gist/pdf 1024'])
  assert.deepEqual(gistsOf(`${some}\n[link.hf]\ngist = ["pdf never"]`, 'hf'), [
    'gist 1024',
    'gist/html 8000',
    `gist/archives ${off}`,
    `gist/pdf ${off}`,
  ])
  assert.deepEqual(gistsOf(`${some}\n[link.hf]\ngist = "always"`, 'hf'), ['gist 1024'])
  assert.deepEqual(gistsOf('[rule.a]\nfrom = ["*@a.example"]\ngist = ["text never"]', 'hf'), [
    'gist 1024',
    `gist/text ${off}`,
  ])
  const { rules } = smallOnly(policyOf({ config: configOf(some) }, { link: 'hf', nowMs: 0 }))
  assert.ok(
    rules.some(({ limits }) => limits.some((each) => each.what === 'gist/html' && each.upToBytes === 8000)),
  )
})

test('a run before which nothing big is to come wants no other texts', () => {
  const policy = policyOf({ config: configOf('[rule.a]\ngist = "never"') }, { link: 'hf', nowMs: 0 })
  const limits = smallOnly(policy).rules.flatMap(({ limits }) => limits)
  assert.deepEqual(
    limits.flatMap(({ what, upToBytes }) => (what === gistKind ? [upToBytes] : [])),
    [1024, Number.POSITIVE_INFINITY],
  )
})

test('nobody has said anything: the usual sizes, and no HTML beside plain text on slow links', () => {
  const { rules, ...rest } = policyOf({ config: configOf('') }, { link: 'default', nowMs: 0 })
  assert.deepEqual({ ...rest, rules: [] }, defaultPolicy)
  assert.deepEqual(rules, [])
  assert.deepEqual(said('', 'lan'), [])
  assert.deepEqual(said('', 'modem'), ['html 0'])
  const iridium = ['html 0', 'attachments 8000', 'structure 8192']
  assert.deepEqual(said('', 'iridium'), iridium)
  assert.deepEqual(said('[link.boat]\nlike = "iridium"', 'boat'), iridium)
})

test('what is usual on a link goes first, so that anything that somebody says goes before it', () => {
  const text =
    'come = ["html always"]\n[link.iridium]\ncome = ["text <= 2k"]\n[rule.a]\ncome = ["text never"]\n'
  assert.deepEqual(said(text, 'iridium'), [
    'html 0',
    'attachments 8000',
    'structure 8192',
    'html Infinity',
    'text 2000',
    'text 0',
  ])
  assert.deepEqual(said(text, 'lan'), ['html Infinity', 'text 0'])
})

test('a size of attachments that somebody has said holds on slow links too', () => {
  assert.deepEqual(said('attachments = "20k"', 'iridium'), ['html 0', 'structure 8192'])
})

test('what a message may bring is what is said for the link, else what is said, else what is usual there', () => {
  const of = (text: string, link: string): number =>
    policyOf({ config: configOf(text) }, { link, nowMs: 0 }).messageBytes
  const said = 'perMessage = "1M"\n'
  assert.equal(of('', 'lan'), defaultPolicy.messageBytes)
  assert.equal(of('', 'hf'), 32 * 1024)
  assert.equal(of('[link.boat]\nlike = "hf"', 'boat'), 32 * 1024)
  assert.equal(of(said, 'hf'), of(said, 'lan'))
  assert.ok(of(said, 'hf') >= 1e6)
  assert.equal(of(`${said}[link.hf]\nperMessage = "2k"`, 'hf'), of('perMessage = "2k"', 'lan'))
  assert.equal(of(`${said}[link.hf]\nperMessage = "2k"`, 'lan'), of(said, 'lan'))
})

test('money becomes bytes or time by the price of the link', () => {
  const prices = '[link.sat]\nprice = "4 EUR/MB"\n[link.air]\nprice = "1.20 USD/min"\n'
  const budget = (money: string, link: string, more = '') => {
    const config = configOf(more + prices, { '--max-cost': money })
    return budgetOf(config, linkProfile(config, link))
  }
  assert.deepEqual(budget('2 EUR', 'sat'), { maxBytes: 500_000 })
  assert.deepEqual(budget('2 EUR', 'sat', 'maxBytes = "100k"\n'), { maxBytes: 100_000 })
  assert.deepEqual(budget('0.60 USD', 'air'), { maxMs: 30_000 })
  for (const [money, link] of [
    ['2 USD', 'sat'],
    ['2 USD', 'iridium'],
  ] as const)
    assert.throws(
      () => budget(money, link),
      (error) => hasCode(error, 'CONFIG') && /price/.test(error.next),
    )
})

test('a window is what is said of a rule, else of a mailbox, else of the link, else of all', () => {
  const of = (text: string, link: string) =>
    policyOf({ config: configOf(text) }, { link, nowMs: 0 }).windows.map(
      ({ mailboxes, keep }) => `${mailboxes.join()}: ${keepText(keep)}`,
    )
  assert.deepEqual(of('', 'hf'), [])
  assert.deepEqual(of('[link.hf]\nkeep = "7 days"', 'hf'), [': 7 days'])
  assert.deepEqual(of('[link.hf]\nkeep = "7 days"', 'lan'), [])
  const text =
    'keep = "90 days"\n[link.hf]\nkeep = "7 days"\n[mailbox.Work]\nkeep = "all"\n[rule.a]\nmailboxes = ["Lists/*"]\nlinks = ["hf"]\nkeep = "20 messages"\n'
  assert.deepEqual(of(text, 'hf'), [': 7 days', 'Work: all', 'Lists/*: 20 messages'])
  assert.deepEqual(of(text, 'lan'), [': 90 days', 'Work: all'])
})

test('a rule that picks messages has no window: that is said with its line, and what to do', () => {
  for (const picks of ['from = ["ann@*"]', 'to = ["bob@*"]', 'olderThan = "9 days"', 'largerThan = "9k"']) {
    const [problem, ...others] = allProblems(configOf(`[rule.b]\n${picks}\nkeep = "1 day"\n`))
    assert.equal(others.length, 0)
    assert.equal(problem?.code, 'CONFIG')
    const [name = ''] = picks.split(' ')
    assert.match(problem?.message ?? '', new RegExp(`packetboat.toml:3: .*${name} makes "b" a rule`))
    assert.match(problem?.next ?? '', /^Remove .* from \[rule\.b\]/)
  }
  assert.deepEqual(allProblems(configOf('[rule.b]\nmailboxes = ["Lists"]\nkeep = "1 day"\n')), [])
})
