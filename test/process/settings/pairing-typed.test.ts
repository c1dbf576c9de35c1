import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { needsTmux, openScreen } from '../../world/process/terminal.js'
import { makeWorld } from '../../world/process/world.js'

const binary = fileURLToPath(new URL('../../../bin/packetboat', import.meta.url))

test(
  'device add says on a terminal what to run on the device, and init asks there for the pairing string without showing it',
  needsTmux,
  async (t) => {
    const world = await makeWorld(t, { mail: [] })
    const screenOf = (name: string, args: readonly string[]) =>
      openScreen(t, [process.execPath, binary, ...args], {
        socket: join(world.root, `tmux-${name}`),
        columns: 200,
        env: { HOME: join(world.root, 'home') },
      })
    const add = ['device', 'add', 'me', 'tablet', '--data', world.server.data]
    const added = (await screenOf('add', add).shows(/exit 0/)).join('\n')
    assert.match(added, /On the device, run these.*\n {2}packetboat init\n {2}packetboat sync/)
    const pairing = /packetboat\+psk:\/\/\S+/.exec(added)?.[0] ?? ''

    const data = join(world.root, 'tablet')
    const init = ['init', '--data', data, '--maildir', join(world.root, 'tablet-mail')]
    const left = screenOf('left', init)
    await left.shows(/Paste the pairing string/)
    left.press('C-c')
    await left.shows(/exit 130/)
    assert.ok(!existsSync(join(data, 'client.toml')))

    const asked = screenOf('init', init)
    await asked.shows(/Paste the pairing string/)
    asked.press('-l', pairing)
    asked.press('Enter')
    const screen = (await asked.shows(/exit/)).join('\n')
    assert.match(screen, /Mail will be kept in .*exit 0/s)
    assert.doesNotMatch(screen, /packetboat\+psk/)
    assert.ok(readFileSync(join(data, 'client.toml'), 'utf8').includes(pairing))
  },
)

test('without a terminal init says what to give, and device add prints the string alone', async (t) => {
  const world = await makeWorld(t, { mail: [] })
  const { code, stderr } = await world.command(['init', '--data', join(world.root, 'tablet')])
  assert.equal(code, 2)
  assert.match(stderr, /needs a pairing string.*@FILE/s)
  const add = await world.command(['device', 'add', 'me', 'tablet', '--data', world.server.data])
  assert.match(add.stdout, /^packetboat\+psk:\S+\n$/)
  assert.equal(add.stderr, '')
})
