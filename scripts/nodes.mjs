// Runs a sample of the tests on every version of Node that packetboat is for: what depends on it is its SQLite, its zstd and its HTTP and TLS.
//   npm run test:nodes [-- VERSION...]
import { spawnSync } from 'node:child_process'
import { fetchNode, nodeVersions } from './build/fetch-node.mjs'

/** Store engines and kills of them, zstd, the main path in memory and as processes, several accounts, kills of both sides. */
const sample = [
  'store/engines',
  'store/kill.',
  'store/sqlite-store',
  'cli/session/node-zstd',
  'sync/main-path',
  'world/process/world',
  'settings/several-accounts',
  'process/looking',
  'process/kills',
]
const limitMs = 10 * 60_000
const asked = process.argv.slice(2)

let failed = 0
const versions = asked.length > 0 ? asked : nodeVersions
for (const version of versions) {
  const startedMs = Date.now()
  const node = fetchNode(version)
  console.log(`Node ${version}: ${sample.join(' ')}`)
  const { status } = spawnSync(node, ['scripts/test.mjs', ...sample], { stdio: 'inherit', timeout: limitMs })
  if (status !== 0) failed++
  const seconds = Math.round((Date.now() - startedMs) / 1000)
  console.log(`Node ${version}: ${status === 0 ? 'passed' : 'FAILED'} in ${seconds} s`)
}
console.log(`${versions.length - failed} passed, ${failed} failed`)
process.exit(failed > 0 ? 1 : 0)
