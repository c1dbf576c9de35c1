import { test } from 'node:test'
import { storm } from './storm.js'

test('client and endpoint are killed hard at random moments, and nothing is lost or doubled', async (t) => {
  const seed = Number(process.env['PACKETBOAT_SEED'] ?? 1 + Math.floor(Math.random() * 1e9))
  console.log(`seed ${seed}`)
  console.log(JSON.stringify(await storm(t, { seed, kills: 12 })))
})
