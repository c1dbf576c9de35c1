import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { sync } from '../../../src/sync/initiator/sync.js'
import { respond } from '../../../src/sync/responder/respond.js'
import { protocolVersion } from '../../../src/wire/request-frames.js'
import { collect } from '../../mime/message-builders.js'
import { type Random, seededRandom } from '../../world/random.js'
import { makeSide, type Side } from '../../world/side.js'
import { type CodecNumber, Person, type Step, stepPolicy, stepsOf } from './scenes.js'

/** A session as it went over the line, to be replayed by every later build of this version. Bytes are in base64. */
export interface Recording {
  readonly version: number
  readonly steps: readonly RecordedStep[]
}

interface RecordedStep {
  readonly name: string
  readonly exchanges: readonly { readonly request: string; readonly answer: string }[]
  /** SHA-256 of all mail that each side has behind this step. */
  readonly endpoint: string
  readonly client: string
}

export const recordingFile = (codec: CodecNumber, version = protocolVersion): string =>
  `test/wire/recorded/version-${version}-codec-${codec}.json`

export function readRecording(codec: CodecNumber): Recording | undefined {
  const file = recordingFile(codec)
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Recording) : undefined
}

/** The two sides as they stand before the first step. What is random on one side is nothing to the other. */
export const makeEndpoint = (): Promise<Side> =>
  makeSide('endpoint', { hasUpstream: false, random: randomBySize(11) })

export const makeClient = (): Promise<Side> =>
  makeSide('client', { hasUpstream: true, random: randomBySize(12) })

/** Each size has a row of its own, so that a key which a later build draws for itself doesn't change the GUIDs and nonces on the line. */
function randomBySize(seed: number): Random {
  const rows = new Map<number, Random>()
  return {
    ...seededRandom(seed),
    bytes: (size) => {
      const row = rows.get(size) ?? seededRandom(1000 * seed + size)
      rows.set(size, row)
      return row.bytes(size)
    },
  }
}

export type Exchange = (request: Uint8Array) => Promise<Uint8Array>

export function act(who: 'endpoint' | 'client', side: Side, step: Step): void {
  step[who]?.(new Person(side, 1_793_610_000_000 + 60_000 * stepsOf(1).indexOf(step)))
}

/** One sync, whose requests and answers are each handed over whole. */
export async function runStep(
  client: Side,
  step: Step,
  codec: CodecNumber,
  exchange: Exchange,
): Promise<void> {
  const link = {
    exchange: async (request: Uint8Array | AsyncIterable<Uint8Array>) =>
      once(await exchange(request instanceof Uint8Array ? request : await collect(request))),
  }
  await sync(client.account, { link, policy: stepPolicy, mix: codec === 2, ...step.options })
}

export function answerOf({ account }: Side, request: Uint8Array): Promise<Uint8Array> {
  return collect(respond(account, once(request), { signal: new AbortController().signal }))
}

export async function record(codec: CodecNumber): Promise<Recording> {
  const [endpoint, client] = [await makeEndpoint(), await makeClient()]
  const recorded: RecordedStep[] = []
  for (const step of stepsOf(codec)) {
    const exchanges: { request: string; answer: string }[] = []
    act('endpoint', endpoint, step)
    act('client', client, step)
    await runStep(client, step, codec, async (request) => {
      const answer = await answerOf(endpoint, request)
      exchanges.push({ request: base64(request), answer: base64(answer) })
      return answer
    })
    recorded.push({
      name: step.name,
      exchanges,
      endpoint: digestOfMail(endpoint),
      client: digestOfMail(client),
    })
  }
  return { version: protocolVersion, steps: recorded }
}

export const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

/** Of mailboxes, flags and bytes. */
export function digestOfMail({ mail }: Side): string {
  const lines = [...mail.snapshot()].flatMap(([mailbox, messages]) => [
    mailbox,
    ...messages.map(({ bytes, flags }) => `${mailbox} ${base64(bytes)} ${flags}`),
  ])
  return createHash('sha256').update(lines.sort().join('\n')).digest('hex')
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
