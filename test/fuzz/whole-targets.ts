import assert from 'node:assert/strict'
import { seededRandom } from '../world/random.js'
import type { Side } from '../world/side.js'
import { editBytes, edited, readScript } from './edit-frames.js'
import type { FuzzTarget } from './targets.js'
import {
  assertAgreed,
  assertKept,
  copyOf,
  hearAnswers,
  hearRequest,
  honestSync,
  mailOf,
  mailThatStays,
  makeWholeWorld,
  orRefused,
  type WholeWorld,
} from './whole-world.js'

/** What the guard lets a device take from an account as small as this one, and what the device's person did anyway. */
const mostGone = 9

/** Whole requests to a real endpoint and whole answers to a real client, from somebody who means ill. */
export function wholeTargets(): Readonly<Record<string, FuzzTarget>> {
  let made: Promise<WholeWorld> | undefined
  const on = (read: (world: WholeWorld, input: Uint8Array) => Promise<void>) => ({
    sample: 4,
    seeds: seedScripts(),
    read: async (input: Uint8Array) => {
      made ??= makeWholeWorld()
      return read(await made, input)
    },
  })
  return { 'request-whole': on(readRequest), 'answer-whole': on(readAnswer) }
}

/** The exchange as it was, and single edits of every kind. */
function seedScripts(): Uint8Array[] {
  const random = seededRandom(14)
  const one = (): Uint8Array => Buffer.concat([random.bytes(1), random.bytes(editBytes)])
  return [Uint8Array.of(0), Uint8Array.of(1), ...Array.from({ length: 6 }, one)]
}

/** A device that its owner has lost: it may do what a person may, within the guard, and no more. */
async function readRequest(world: WholeWorld, input: Uint8Array): Promise<void> {
  const endpoint = await copyOf(world.endpoint)
  const other = await copyOf(world.other)
  const mails = mailThatStays(world, [endpoint, other])
  const { exchange, edits } = readScript(input)
  const chosen = exchange % world.exchanges.length
  for (const [index, { up }] of world.exchanges.entries()) {
    if (index > chosen) break
    await hearRequest(endpoint, index === chosen ? edited(up, edits, world.guids) : up)
  }
  await assertAgreed(endpoint, [other])
  const gone = assertKept(mails, [endpoint])
  assert.ok(gone <= mostGone, `${gone} messages are gone`)
}

/** An endpoint that lies: the client keeps what it had and is whole in itself, and the true endpoint loses nothing by it. */
async function readAnswer(world: WholeWorld, input: Uint8Array): Promise<void> {
  const [endpoint, device] = [await copyOf(world.endpoint), await copyOf(world.device)]
  const [here, there] = [mailOf([device]), mailOf([endpoint])]
  const { exchange, edits } = readScript(input)
  const chosen = exchange % world.exchanges.length
  await hearAnswers(
    device,
    world.exchanges.map(({ down }, index) => (index === chosen ? edited(down, edits, world.guids) : down)),
  )
  assertKept(here, [device])
  await assertWhole(device)
  for (let i = 0; i < 2; i++) await orRefused(() => honestSync(device, endpoint))
  assertKept(here, [device, endpoint])
  const gone = assertKept(there, [endpoint])
  assert.ok(gone <= mostGone, `${gone} messages are gone`)
  await assertAgreed(endpoint, [])
}

/** What it was told has left nothing behind that a device of its own would stumble over. */
async function assertWhole(device: Side): Promise<void> {
  await assertAgreed(await copyOf(device), [], { wholeOnly: true })
}
