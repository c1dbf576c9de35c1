import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeMail } from '../../../fixtures/make-mail.js'
import { binary, needsTmux, openScreen } from '../../world/process/terminal.js'
import { makeWorld } from '../../world/process/world.js'

test('setup asks, shows what the first sync would move, and starts it', needsTmux, async (t) => {
  const world = await makeWorld(t, { mail: makeMail({ seed: 3, messages: 4, attachments: { share: 0 } }) })
  const add = ['device', 'add', 'me', 'tablet', '--data', world.server.data]
  const pairing = (await world.command(add)).stdout.trim()
  const data = join(world.root, 'tablet')
  const open = (name: string) =>
    openScreen(t, [process.execPath, binary, 'setup', '--data', data], {
      socket: join(world.root, name),
      columns: 80,
      env: { HOME: join(world.root, 'home') },
    })

  const left = open('left')
  await left.shows(/pairing string/)
  left.press('packetboat+psk://nonsense', 'Enter')
  await left.shows(/incomplete or mistyped/)
  left.press('C-c')
  await left.shows(/exit 130/)
  assert.ok(!existsSync(data), 'nothing was made')

  const terminal = open('whole')
  await terminal.shows(/pairing string/)
  terminal.press(pairing, 'Enter')
  const shown = (await terminal.shows(/Where should the mail be/)).join('')
  assert.ok(!shown.includes(pairing.slice(20, 40)), 'the secret is not shown')
  terminal.press(join(world.root, 'home/Maildir-tablet'), 'Enter')
  await terminal.shows(/Which line is it/)
  terminal.press('Enter')
  await terminal.shows(/Start the first sync now/)
  assert.ok(!existsSync(join(world.root, 'home/Maildir-tablet/.Sent')), 'nothing was fetched yet')
  terminal.press('Enter')
  await terminal.shows(/4 new[\s\S]*exit 0/)
  assert.match(readFileSync(join(data, 'client.toml'), 'utf8'), /maildir = ".*home\/Maildir-tablet"/)

  const again = open('again')
  await again.shows(/already sets up[\s\S]*exit 3/)
})

test('setup without a terminal says what to use instead', async (t) => {
  const world = await makeWorld(t, { mail: [] })
  const { code, stderr } = await world.command(['setup', '--data', join(world.root, 'nothing')])
  assert.equal(code, 2)
  assert.match(stderr, /packetboat init @FILE/)
  assert.ok(!existsSync(join(world.root, 'nothing')))
})
