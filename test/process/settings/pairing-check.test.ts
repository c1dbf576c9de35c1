import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parsePairing, printPairing } from '../../../src/link/pairing.js'
import { describeRun, type RunResult } from '../../world/process/program.js'
import { makeWorld } from '../../world/process/world.js'

test('init asks the endpoint first: a wrong secret or account is refused before anything is written, an endpoint that is away is not', async (t) => {
  const world = await makeWorld(t, { mail: [] })
  const add = ['device', 'add', 'me', 'tablet', '--data', world.server.data]
  const right = parsePairing((await world.command(add)).stdout.trim())
  const data = join(world.root, 'tablet')
  const init = async (pairing: string, code: number, more: readonly string[] = []): Promise<RunResult> => {
    const args = ['init', pairing, '--data', data, '--maildir', join(world.root, 'tablet-mail'), ...more]
    const result = await world.command(args)
    assert.equal(result.code, code, describeRun(args, result))
    return result
  }
  const wrongSecret = printPairing({ ...right, secret: right.secret.map((byte) => byte ^ 1) })
  await init(wrongSecret, 6)
  assert.match((await init(printPairing({ ...right, account: 'you' }), 7)).stderr, /you.*me/)
  assert.ok(
    !existsSync(join(data, 'client.toml')) && !existsSync(join(world.root, 'tablet-mail')),
    'nothing was made',
  )
  assert.doesNotMatch((await init(printPairing(right), 0)).stderr, /not checked/)

  await world.kill('SIGTERM')
  assert.match((await init(printPairing(right), 0, ['--force'])).stderr, /not checked/)
  assert.doesNotMatch((await init(wrongSecret, 0, ['--force', '--no-check'])).stderr, /not checked/)
})
