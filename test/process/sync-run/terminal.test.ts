import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeMail } from '../../../fixtures/make-mail.js'
import { needsTmux, openTerminal } from '../../world/process/terminal.js'
import { makeWorld } from '../../world/process/world.js'

const mail = makeMail({ seed: 21, messages: 60, attachments: { share: 0.1, scale: 0.2 } })
const slow = { bitsPerSecond: 20_000, delayMs: 20 }

const percent = (screen: string): string | undefined => /(\d+) %/.exec(screen)?.[1]

test(
  'on a terminal of 40 columns a sync shows how far it is, whatever becomes of the window, and Ctrl-C ends it',
  needsTmux,
  async (t) => {
    const world = await makeWorld(t, { mail, line: slow })
    const { line } = world
    assert.ok(line)
    const terminal = openTerminal(t, world, ['sync'], { columns: 40 })
    // It goes on when it is to be seen to, however long the machine takes over anything else.
    let holding = line.holdAfter(20_000)
    const first = await terminal.shows(/\d+ % of [\d.]+ kB/)
    assert.ok(first.length <= 3, first.join('\n'))
    const totalOf = (lines: readonly string[]): number => Number(/of ([\d.]+) kB/.exec(lines.join('\n'))?.[1])
    const total = totalOf(first)
    for (const columns of [25, 90, 40]) {
      terminal.resize(columns)
      // When it has come further, it was drawn anew.
      const goOn = await holding
      const before = percent(terminal.screen().join('\n'))
      holding = line.holdAfter(8000)
      goOn()
      // What was on its way for the old width may be seen broken for a moment.
      const now = await terminal.shows(
        (screen) => ![undefined, before].includes(percent(screen)) && screen.split('\n').length <= 3,
      )
      assert.equal(now.filter((line) => /\d+ %/.test(line)).length, 1, `at ${columns}:\n${now.join('\n')}`)
    }
    const goOn = await holding
    // An estimate, which gets better.
    const last = totalOf(await terminal.shows(/% of [\d.]+ kB/))
    assert.ok(Math.abs(last - total) <= total / 3, `${total} kB, then ${last}`)
    terminal.press('C-c')
    const stopped = (await terminal.shows(/exit \d+/)).join(' ').replaceAll(/\s+/g, ' ')
    assert.match(stopped, /Before it stopped: \d+ new\. .* kept\..*Stopped\..*exit 130/)
    goOn()

    const again = openTerminal(t, world, ['sync', '--quiet'], { columns: 80 })
    assert.deepEqual(await again.shows(/exit/), ['exit 0'])
    world.assertInStep({ standIns: true })
  },
)

test('colours are there on a terminal, and not with NO_COLOR', needsTmux, async (t) => {
  for (const [env, coloured] of [
    [{}, true],
    [{ NO_COLOR: '1' }, false],
  ] as const) {
    const world = await makeWorld(t, { mail, line: slow })
    const terminal = openTerminal(t, world, ['sync'], { columns: 80, env })
    await terminal.shows(/\d+ % of/)
    assert.equal(terminal.colours().includes('\u001b['), coloured)
    terminal.press('C-c')
    await terminal.shows(/exit 130/)
  }
})

test('a dumb terminal gets the last line and no display', needsTmux, async (t) => {
  const world = await makeWorld(t, { mail: mail.slice(0, 5) })
  const terminal = openTerminal(t, world, ['sync'], { columns: 80, env: { TERM: 'dumb' } })
  const shown = await terminal.shows(/exit/)
  assert.match(shown[0] ?? '', /^5 new\. /)
  const again = openTerminal(t, world, ['sync'], { columns: 100 })
  assert.match((await again.shows(/exit/))[0] ?? '', /^Nothing new\. /)
})

test('what is typed is taken at Enter: a pairing string, a yes', needsTmux, async (t) => {
  const world = await makeWorld(t, { mail: mail.slice(0, 2) })
  await world.sync()
  const pairing =
    /^endpoint = "(.*)"$/m.exec(readFileSync(join(world.data, 'client.toml'), 'utf8'))?.[1] ?? ''
  const init = openTerminal(t, world, ['init', '-', '--again'], { columns: 80 })
  await init.shows(/Paste the pairing string/)
  init.press(pairing, 'Enter')
  await init.shows(/Mail will be kept in[\s\S]*exit 0/)
  await world.sync()
  for (let copies = 0; copies < 2; copies++)
    world.person.deliver(['INBOX'], 'From: me@example.org\nSubject: twice\n\ntwice\n')
  const fold = openTerminal(t, world, ['duplicates', 'INBOX', '--fold'], { columns: 80 })
  await fold.shows(/Type yes:/)
  fold.press('yes', 'Enter')
  await fold.shows(/1 duplicate is folded[\s\S]*exit 0/)
})

test('Ctrl-C where something is to be typed ends it, and nothing is changed', needsTmux, async (t) => {
  const world = await makeWorld(t, { mail: mail.slice(0, 2) })
  const terminal = openTerminal(t, world, ['init', '-', '--again'], { columns: 80 })
  await terminal.shows(/Paste the pairing string/)
  terminal.press('C-c')
  await terminal.shows(/exit 130/)
  await world.sync()
})

test('help on a narrow terminal breaks its lines between words', needsTmux, async (t) => {
  const world = await makeWorld(t, { mail: [] })
  const terminal = openTerminal(t, world, ['account', 'list', '--help'], { columns: 24 })
  const shown = await terminal.shows(/exit 0/)
  assert.match(shown.join('\n'), /List accounts, and\s+where\s+their mail\s+is/)
})
