import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { hasCode } from '../../src/errors/packetboat-error.js'
import { createRateMeter } from '../../src/link/line/rate-meter.js'
import { chooseLink, type LinkWorld } from '../../src/link/profile/choose-link.js'
import { costOf, estimate } from '../../src/link/profile/estimate.js'
import { lineSettings, linkSettings } from '../../src/link/profile/line-settings.js'
import { linkNames, linkProfile } from '../../src/link/profile/link-profile.js'
import { type Config, readConfig } from '../../src/settings/config.js'
import { parsePrice, parseStep } from '../../src/settings/price.js'
import { createRegistry } from '../../src/settings/registry.js'

const registry = createRegistry([lineSettings, linkSettings])

function configOf(
  text: string,
  flags: Record<string, string> = {},
  env: Record<string, string> = {},
): Config {
  const place = { resolve: (path: string) => path }
  const config = readConfig(registry, { file: { path: 'p.toml', text, place }, env, flags, place })
  assert.deepEqual(config.problems, [])
  return config
}

describe('a link profile', () => {
  const minute = 60_000
  const cases: readonly [
    what: string,
    text: string,
    flags: Record<string, string>,
    name: string,
    ms: number,
  ][] = [
    ['nobody says anything', '', {}, 'default', 2 * minute],
    ['it is built in', '', {}, 'iridium', 15 * minute],
    ['the top of the file says it', 'giveUpAfter = 5', {}, 'iridium', 5000],
    ['both say it', 'giveUpAfter = 5\n[link.iridium]\ngiveUpAfter = 7', {}, 'iridium', 7000],
    ['another says it', 'giveUpAfter = 5\n[link.hf]\ngiveUpAfter = 7', {}, 'iridium', 5000],
    [
      'the command line says it',
      '[link.iridium]\ngiveUpAfter = 7',
      { '--give-up-after': '9' },
      'iridium',
      9000,
    ],
    ['it is like another', '[link.boat]\nlike = "iridium"', {}, 'boat', 15 * minute],
    ['it is like nothing', '[link.boat]\nrate = 300', {}, 'boat', 2 * minute],
    ['the unnamed one is written', '[link.default]\ngiveUpAfter = 7', {}, 'default', 7000],
  ]
  for (const [what, text, flags, name, ms] of cases)
    it(`has its patience where ${what}`, () => {
      assert.equal(linkProfile(configOf(text, flags), name).giveUpAfterMs, ms)
    })

  it('has of a built-in one what it leaves out', () => {
    const config = configOf(
      '[link.boat]\nlike = "vsat"\nlatency = "1 s"\n[link.vsat]\nprice = "4 USD/MB"\nrate = "64 kbit/s"',
    )
    const boat = linkProfile(config, 'boat')
    assert.deepEqual([boat.rate, boat.rateUp, boat.latencyMs, boat.price], [1e6, 256_000, 1000, undefined])
    const vsat = linkProfile(config, 'vsat')
    assert.deepEqual([vsat.rate, vsat.latencyMs, vsat.price?.amount], [64_000, 650, 4])
    assert.deepEqual(linkNames(config).slice(0, 3), ['boat', 'vsat', 'hf'])
  })

  it('is refused in words where there is none', async () => {
    const told = (config: Config, name: string, message: RegExp, next: RegExp) =>
      assert.throws(
        () => linkProfile(config, name),
        (error) => hasCode(error, 'CONFIG') && message.test(error.message) && next.test(error.next),
      )
    told(configOf(''), 'irridium', /no link profile "irridium"/, /"iridium"/)
    told(configOf('\n[link.x]\nlike = "vsta"'), 'x', /^p\.toml:3: there is no link profile "vsta"/, /"vsat"/)
    await assert.rejects(chooseLink(configOf('', { '--link': 'vsta' }), world()), (error) =>
      hasCode(error, 'USAGE'),
    )
    await assert.rejects(
      chooseLink(configOf('defaultLink = "vsta"'), world()),
      (error) => hasCode(error, 'CONFIG') && /^p\.toml:1: /.test(error.message),
    )
  })
})

function world(printed = '', up: readonly string[] = [], defaultRoute: readonly string[] = []): LinkWorld {
  return { run: async () => printed, network: () => ({ up, defaultRoute }) }
}

describe('the link that is up', () => {
  const text = `defaultLink = "gsm"
linkCommand = ["which-link"]
[link.boat]
interfaces = ["ppp*"]
[link.lan]
interfaces = ["eth0", "wlan0"]
`
  const cases: readonly [what: string, flags: Record<string, string>, world: LinkWorld, name: string][] = [
    ['what the command line says', { '--link': 'hf' }, world('vsat', ['ppp0'], ['ppp0']), 'hf'],
    ['what the command prints', {}, world('vsat\n', ['ppp0'], ['ppp0']), 'vsat'],
    ['whose interface has the default route', {}, world('', ['ppp0', 'eth0'], ['eth0']), 'lan'],
    ['the first of several default routes', {}, world('', [], ['tun0', 'ppp3', 'eth0']), 'boat'],
    ['whose interface is up', {}, world('', ['wlan0'], []), 'lan'],
    ['what is up, where an unknown one has the route', {}, world('', ['ppp1'], ['tun0']), 'boat'],
    ['the default, where nothing says another', {}, world('', ['tun0'], ['tun0']), 'gsm'],
  ]
  for (const [what, flags, network, name] of cases)
    it(`is ${what}`, async () => {
      assert.equal((await chooseLink(configOf(text, flags), network)).name, name)
    })

  it('is what the environment says, before any command, and without any word the unnamed one', async () => {
    const env = { PACKETBOAT_DEFAULT_LINK: 'hf' }
    assert.equal((await chooseLink(configOf(text, {}, env), world('vsat'))).name, 'hf')
    assert.equal((await chooseLink(configOf(''), world())).name, 'default')
    await assert.rejects(chooseLink(configOf(text), world('nothing-like-it')), (error) =>
      hasCode(error, 'CONFIG'),
    )
  })
})

describe('an estimate', () => {
  const iridium = linkProfile(
    configOf('[link.iridium]\nprice = "1.20 USD/min"\nbillingStep = "20 s"'),
    'iridium',
  )
  const vsat = linkProfile(configOf('[link.vsat]\nprice = "4 USD/MB"\nbillingStep = "10 kB"'), 'vsat')

  it('counts round trips, both ways, the cap, and what was measured', () => {
    assert.equal(estimate(300, 3000, iridium, undefined).seconds, 6 + 1 + 10)
    assert.equal(
      estimate(0, 3000, iridium, { bitsPerSecond: 1200, latencyMs: 1000, atMs: 0 }).seconds,
      3 + 20,
    )
    assert.equal(estimate(300, 3000, { ...iridium, limitRate: 1200 }, undefined).seconds, 6 + 2 + 20)
    // A cap is all that is known of it.
    const capped = { ...linkProfile(configOf(''), 'default'), limitRate: 8000 }
    assert.equal(estimate(1000, 2000, capped, undefined).seconds, 3)
    // A quarter as fast upwards as downwards.
    assert.ok(
      Math.abs(
        (estimate(125_000, 0, vsat, { bitsPerSecond: 500_000, latencyMs: 0, atMs: 0 }).seconds ?? 0) - 7.8125,
      ) < 1e-9,
    )
    assert.deepEqual(estimate(1, 1, linkProfile(configOf(''), 'default'), undefined), {
      seconds: undefined,
      cost: undefined,
    })
    assert.equal(
      estimate(0, 1000, linkProfile(configOf(''), 'default'), { bitsPerSecond: 8000, atMs: 0 }).seconds,
      1,
    )
  })

  it('bills what was begun', () => {
    const rounded = (cost: { amount: number; currency: string } | undefined) =>
      cost && `${cost.amount.toFixed(4)} ${cost.currency}`
    assert.equal(rounded(estimate(300, 3000, iridium, undefined).cost), '0.4000 USD')
    assert.equal(rounded(estimate(0, 12_500, vsat, undefined).cost), '0.0800 USD')
    const profile = { price: parsePrice('1.20 USD/min'), billingStep: undefined }
    assert.equal(rounded(costOf(5, 30, profile)), '0.6000 USD')
    assert.equal(costOf(5, undefined, profile), undefined)
    // A billing step in bytes has no effect on a price by time.
    assert.equal(rounded(costOf(5, 30, { ...profile, billingStep: parseStep('10 kB') })), '0.6000 USD')
    assert.equal(costOf(5, 30, { price: undefined, billingStep: undefined }), undefined)
  })
})

describe('a rate meter', () => {
  it('takes the best stretch, so that a pause to think is not the line’s', () => {
    let ms = 0
    const meter = createRateMeter(() => ms)
    let bytes = 0
    const come = (count: number, each: number, everyMs: number): void => {
      for (let step = 0; step < count; step++) {
        ms += everyMs
        bytes += each
        meter.came(bytes)
      }
    }
    come(5, 0, 1000)
    come(1, 536, 250)
    assert.equal(meter.bitsPerSecond(), undefined)
    come(40, 300, 1000)
    assert.equal(meter.bitsPerSecond(), 2400)
    come(100, 0, 1000)
    come(40, 300, 1000)
    assert.equal(meter.bitsPerSecond(), 2400)
  })

  it('takes no line for a quicker one whose bytes come late now and then', () => {
    let ms = 0
    const meter = createRateMeter(() => ms)
    const packetBytes = 1400
    const packetMs = (packetBytes * 8000) / 9600
    for (let packet = 1; packet <= 40; packet++) {
      ms = packet * packetMs + (packet % 6 === 1 ? 900 : 0)
      meter.came(packet * packetBytes)
    }
    const measured = meter.bitsPerSecond() ?? 0
    assert.ok(Math.abs(measured / 9600 - 1) < 0.08, `${measured}`)
  })

  it('says nothing of a short exchange', () => {
    let ms = 0
    const meter = createRateMeter(() => ms)
    for (const bytes of [100, 900, 1700]) {
      ms += 2000
      meter.came(bytes)
    }
    assert.equal(meter.bitsPerSecond(), undefined)
  })
})
