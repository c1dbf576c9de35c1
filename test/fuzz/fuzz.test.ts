import { test } from 'node:test'
import { seededRandom } from '../world/random.js'
import { mutate } from './mutate.js'
import { fuzzTargets, readHostile } from './targets.js'

/** Without coverage to lead it, but everywhere and in a few seconds. `npm run fuzz` is the thorough one. */
const inputsEach = 200

/** What once was neither read nor refused: a known message in a mailbox that nobody had named. */
const found: Readonly<Record<string, readonly string[]>> = { 'answer-whole': ['9wwBACduSg3y'] }

const seed = Number(process.env['PACKETBOAT_SEED'] ?? 1 + Math.floor(Math.random() * 1e9))
console.log(`seed ${seed}`)

for (const [name, target] of Object.entries(await fuzzTargets()))
  test(`hostile input for ${name}: it is read, or refused in words`, async () => {
    const random = seededRandom(seed)
    for (const input of target.seeds) await readHostile(target, input)
    for (const input of found[name] ?? []) await readHostile(target, Buffer.from(input, 'base64'))
    for (let i = 0; i < (target.sample ?? inputsEach); i++) {
      const input = mutate(random.pick(target.seeds), random.pick(target.seeds), random)
      await readHostile(target, input).catch((error: unknown) => {
        throw new Error(`${name}, seed ${seed}, input ${i}: ${Buffer.from(input).toString('base64')}`, {
          cause: error,
        })
      })
    }
  })
