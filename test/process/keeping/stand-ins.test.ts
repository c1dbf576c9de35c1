import assert from 'node:assert/strict'
import { rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeMail } from '../../../fixtures/make-mail.js'
import { makeWorld } from '../../world/process/world.js'

const mail = makeMail({ seed: 11, messages: 12, attachments: { share: 0.6, scale: 0.2 } })
const thrifty = { env: { PACKETBOAT_ATTACHMENTS: '1 kB' } }
const all = { env: { PACKETBOAT_ATTACHMENTS: 'all' } }

for (const lost of ['the database', 'all data'] as const)
  test(`${lost} of a device is lost, and it is paired anew: its stand-ins are known, and none goes up`, async (t) => {
    const world = await makeWorld(t, { mail })
    await world.sync([], thrifty)
    const { standIns } = world.compare()
    assert.ok(standIns > 2, `${standIns} stand-ins`)
    assert.equal(statSync(join(world.maildir, 'packetboat-secret')).mode & 0o777, 0o600)
    if (lost === 'all data') rmSync(world.data, { recursive: true })
    const add = ['device', 'add', 'me', 'anew', '--data', world.server.data, '--address', world.address]
    const pairing = (await world.command(add)).stdout.trim()
    const init = ['init', pairing, '--maildir', world.maildir, ...(lost === 'all data' ? [] : ['--again'])]
    assert.equal((await world.run(init)).code, 0)
    for (let round = 0; round < 2; round++) await world.sync([], thrifty)
    world.assertInStep({ standIns: true })
    assert.equal(world.compare().standIns, standIns)
    await world.sync([], all)
    world.assertInStep()
  })
