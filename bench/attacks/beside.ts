import { parsePairing } from '../../src/link/pairing.js'
import { cpuOf } from '../process.js'
import { keepSyncing, openDevice } from './device.js'

/**
 * A program: a device of an account that nobody attacks, with its pairing and the endpoint's pid as arguments. It syncs until SIGTERM, and says
 * on a line when it begins and on another what it waited. In a process of its own, since an attacker's work must not count as an endpoint's.
 */
const [pairing = '', pid = ''] = process.argv.slice(2)
const device = await openDevice(parsePairing(pairing))
const sync = keepSyncing(device, () => cpuOf(Number(pid)))
process.once('SIGTERM', async () => {
  console.log(JSON.stringify(await sync.stop()))
  process.exit()
})
await sync.begun
console.log('begun')
