import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { appendFileSync, closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { aDate, letter } from '../../world/letter.js'
import { lastEvent } from '../../world/process/program.js'
import { makeWorld, type World } from '../../world/process/world.js'

/** Mail can be looked at without a mail program, and is as it was before. */

interface Row {
  readonly name: string
  readonly subject: string
  readonly mailbox: string
  readonly flags: readonly string[]
  readonly missingBytes: number
}

async function list(world: World, args: readonly string[] = []): Promise<readonly Row[]> {
  return lastEvent(await world.run(['list', ...args]))['messages'] as Row[]
}

/** What a person sees. */
async function seen(world: World, args: readonly string[], code = 0): Promise<string> {
  const ran = await world.command([...args, '--data', world.data])
  assert.equal(ran.code, code, ran.stdout + ran.stderr)
  return ran.stdout + ran.stderr
}

const file = (world: World, subject: string): string => {
  const { mailbox, folder, name } = world.person.find(['INBOX'], subject)
  assert.deepEqual(mailbox, ['INBOX'])
  return join(world.maildir, folder, name)
}

test('mail is listed and read, what is missing can be fetched, and nothing is marked as read', async (t) => {
  const world = await makeWorld(t, { mail: [] })
  appendFileSync(join(world.data, 'client.toml'), '\nattachments = "10k"\n')
  const { person } = world.server
  const chart = letter('chart', {
    to: 'Bo <bo@example.org>',
    date: aDate,
    text: 'See the chart.',
    attachments: [
      { bytes: 2000, name: 'small.png' },
      { bytes: 30_000, seed: 2, name: 'big.png' },
    ],
  })
  person.deliver(['INBOX'], chart)
  person.markSeen(person.deliver(['INBOX'], letter('read')))
  person.makeMailbox(['Work'])
  person.deliver(['Work'], letter('plan', { text: 'Grüße\n\nan alle' }))
  assert.match(await seen(world, ['list']), /^0 messages in INBOX\.\n$/)
  assert.match(await seen(world, ['status']), /Nothing waits to go up\./)
  await world.sync()

  const rows = await list(world)
  assert.deepEqual(rows.map(({ subject }) => subject).sort(), ['chart', 'read'])
  const row = rows.find(({ subject }) => subject === 'chart')
  assert.ok(row)
  assert.equal(row.missingBytes, 30_000)
  assert.match(
    await seen(world, ['list']),
    new RegExp(`^${row.name} +N +\\S+ +Ann +chart +44 kB +30 kB$`, 'm'),
  )
  assert.match(
    await seen(world, ['list', '--limit', '1']),
    /^1 of 2 messages in INBOX\. --limit lists more\.$/m,
  )
  const everywhere = await list(world, ['*'])
  assert.deepEqual(everywhere.map(({ mailbox }) => mailbox).sort(), ['INBOX', 'INBOX', 'Work'])
  assert.match(await seen(world, ['list', 'Wrok'], 1), /There is no mailbox "Wrok"\./)

  const text = await seen(world, ['read', row.name])
  assert.match(
    text,
    /^From: +Ann <ann@example\.org>\nTo: +Bo <bo@example\.org>\nDate: .*\nSubject: +chart\nMailbox: INBOX, not read\n\nSee the chart\.\n\n/,
  )
  assert.match(text, new RegExp(`^Also: +small\\.png \\(image/png\\), 2\\.0 kB +${row.name}/2$`, 'm'))
  assert.match(text, new RegExp(`^Missing: +big\\.png \\(image/png\\), 30 kB +${row.name}/3$`, 'm'))
  assert.match(text, new RegExp(`^Get what is missing: packetboat fetch ${row.name}$`, 'm'))
  assert.match(await seen(world, ['read', `${row.name}/1`]), /^See the chart\.\n$/)
  assert.match(await seen(world, ['read', `${row.name}/2`], 2), /is no text: small\.png/)
  assert.match(await seen(world, ['read', `${row.name}/3`], 1), /isn't here/)
  assert.match(await seen(world, ['read', `${row.name}/9`], 1), /There is no part/)
  const plan = everywhere.find(({ mailbox }) => mailbox === 'Work')
  assert.match(await seen(world, ['read', plan?.name ?? '']), /\n\nGrüße\n\nan alle\n/)
  for (const name of ['000000000000', 'INBOX', '', '../x', `${row.name}/0`])
    assert.match(await seen(world, ['read', name], 1), /There is no message/)

  assert.equal(await seen(world, ['read', row.name, '--raw']), readFileSync(file(world, 'chart'), 'utf8'))
  await seen(world, ['fetch', row.name])
  assert.equal(await seen(world, ['read', row.name, '--raw']), Buffer.from(chart).toString())
  const whole = lastEvent(await world.run(['read', row.name]))
  assert.deepEqual([whole['text'], whole['missing'], whole['missingBytes']], ['See the chart.', [], 0])
  assert.match(await seen(world, ['read', row.name, '--headers']), /^From: Ann .*\n(?:.*\n)*Subject: chart\n/)
  assert.deepEqual((await list(world)).find(({ subject }) => subject === 'chart')?.flags, [])
  world.assertInStep()
})

test('what has just been delivered or read in a mail program shows, and bytes of a part are its own', async (t) => {
  const world = await makeWorld(t, { mail: [] })
  await world.sync()
  const bytes = Buffer.from([0, 255, 27, 10, 13, 128])
  const mail = world.person.deliver(
    ['INBOX'],
    `From: a@example.org\nSubject: bytes\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nHi.\n--b\nContent-Type: application/x-any\nContent-Transfer-Encoding: base64\n\n${bytes.toString('base64')}\n--b--\n`,
  )
  const [row] = await list(world)
  assert.deepEqual(row?.flags, [])
  world.person.markSeen(mail)
  assert.deepEqual((await list(world))[0]?.flags, ['\\Seen'])
  const out = join(world.root, 'out')
  writeFileSync(out, '')
  const ran = await world.command(['read', `${row?.name}/2`, '--raw', '--data', world.data])
  assert.equal(ran.code, 0, ran.stderr)
  assert.equal(ran.stdout, bytes.toString())
})

test('what cannot be written down is said, and is no success', {
  skip: !existsSync('/dev/full'),
}, async (t) => {
  const world = await makeWorld(t, { mail: [] })
  world.person.deliver(['INBOX'], letter('plan'))
  const [row] = await list(world)
  const program = fileURLToPath(new URL('../../../bin/packetboat', import.meta.url))
  for (const args of [['list'], ['read', row?.name ?? '', '--raw']]) {
    const full = openSync('/dev/full', 'w')
    const ran = spawnSync(process.execPath, [program, ...args, '--data', world.data], {
      stdio: ['ignore', full, 'pipe'],
      env: { ...process.env, HOME: join(world.root, 'home') },
    })
    closeSync(full)
    assert.equal(ran.status, 8)
    assert.match(ran.stderr.toString(), /^packetboat: What it prints can't be written: ENOSPC.*\n$/)
  }
})
