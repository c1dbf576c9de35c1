import assert from 'node:assert/strict'
import { PacketboatError } from '../../src/errors/packetboat-error.js'
import { tables } from '../../src/replica/tables.js'
import { sync } from '../../src/sync/initiator/sync.js'
import type { Carrier } from '../../src/sync/link.js'
import { defaultGuard } from '../../src/sync/policy/guard.js'
import { defaultPolicy, type Policy } from '../../src/sync/policy/policy.js'
import { respond } from '../../src/sync/responder/respond.js'
import { type Bundled, unbundle } from '../../src/wire/bundle.js'
import type { Frame } from '../../src/wire/frame.js'
import { createFrameDecoder } from '../../src/wire/frame-decoder.js'
import { createFrameEncoder } from '../../src/wire/frame-encoder.js'
import { digestOf, isStandIn } from '../simulation/fates.js'
import { memoryLink } from '../world/memory-link.js'
import { seededRandom } from '../world/random.js'
import { makeSide, type Side } from '../world/side.js'
import { tap } from './frames.js'

/** An endpoint, a device that will turn hostile or will be lied to, and an honest device: in step, and then people did things. */
export interface WholeWorld {
  readonly endpoint: Side
  readonly device: Side
  readonly other: Side
  /** The device's next sync as it would go, exchange by exchange. */
  readonly exchanges: readonly { readonly up: readonly Bundled[]; readonly down: readonly Bundled[] }[]
  /** Everything that has a GUID. */
  readonly guids: readonly string[]
}

/** Primers name mail by what both sides hold: the frames behind them can't be told apart without it. */
const policy: Policy = {
  ...defaultPolicy,
  attachmentBytes: 1e9,
  sharedHistory: 'off',
}
const smallUploadBytes = 600
const encoder = new TextEncoder()

function message(serial: number, attachmentBytes = 0): Uint8Array {
  const head = `From: crew${serial % 3}@example.org\nTo: shore@example.org\nSubject: log-${serial} of the ship\nDate: Mon, 02 Nov 2026 10:00:${10 + (serial % 50)} +0000\nMessage-ID: <${serial}@example.org>\n`
  if (attachmentBytes === 0) return encoder.encode(`${head}\nentry ${serial}: a fair wind until noon\n`)
  const base64 = Buffer.from(seededRandom(serial).bytes(attachmentBytes)).toString('base64')
  return encoder.encode(
    `${head}MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nentry ${serial}\n--b\nContent-Type: image/jpeg; name=a.jpg\nContent-Transfer-Encoding: base64\n\n${base64.replace(/.{76}/g, '$&\n')}\n--b--\n`,
  )
}

const at = ({ mail }: Side, name: string, index: number): string =>
  mail.snapshot().get(name)?.[index]?.locator ?? ''

/** Some of everything that a person does, on other messages of each side. */
function act(side: Side, nth: number): void {
  const { person } = side.mail
  const [inbox, lists, made] = [['INBOX'], ['Lists'], [`Made ${nth}`]]
  person.setFlags(inbox, at(side, 'INBOX', nth), ['\\Seen', 'later'])
  person.remove(inbox, at(side, 'INBOX', 3 + nth))
  person.createMailbox(made)
  person.move(inbox, at(side, 'INBOX', 5 + nth), made)
  person.copy(lists, at(side, 'Lists', nth), inbox)
  person.deliver(inbox, message(100 * (1 + nth)))
  person.deliver(made, message(100 * (1 + nth) + 1, 900), ['\\Flagged'])
}

export async function makeWholeWorld(): Promise<WholeWorld> {
  const random = seededRandom(11)
  const endpoint = await makeSide('endpoint', { hasUpstream: false, random, guard: defaultGuard })
  const device = await makeSide('device', { hasUpstream: true, random, guard: defaultGuard })
  const other = await makeSide('other', { hasUpstream: true, random, guard: defaultGuard })
  endpoint.mail.person.createMailbox(['Lists'])
  for (let i = 0; i < 14; i++)
    endpoint.mail.person.deliver(i % 3 === 0 ? ['Lists'] : ['INBOX'], message(i, i % 5 === 2 ? 300 : 0))
  for (const side of [device, other]) await honestSync(side, endpoint)
  for (const [nth, side] of [endpoint, device, other].entries()) act(side, nth)
  const guids = await guidsOf([endpoint, device, other])
  return { endpoint, device, other, guids, exchanges: await record(device, endpoint) }
}

/** A copy of the side, for the fuzzer to spoil. */
export function copyOf(side: Side): Promise<Side> {
  const { name } = side
  const options = { hasUpstream: name !== 'endpoint', random: seededRandom(12), guard: defaultGuard }
  return makeSide(name, { ...options, copyOf: side })
}

export const honestSync = (
  side: Side,
  upstream: Side,
  link: Carrier = memoryLink(() => upstream.account, { pairing: `pairing of ${side.name}` }),
): ReturnType<typeof sync> => sync(side.account, { link, policy, smallUploadBytes })

async function guidsOf(sides: readonly Side[]): Promise<string[]> {
  const guids = new Set<string>()
  for (const { account } of sides)
    for (const table of [tables.message, tables.mailbox, tables.device, tables.content])
      for await (const { key } of table.list(account.replica.db)) guids.add(key[0])
  return [...guids].filter((guid) => /^[0-9a-f]{32}$/.test(guid)).sort()
}

async function record(device: Side, endpoint: Side): Promise<WholeWorld['exchanges']> {
  const [client, there] = [await copyOf(device), await copyOf(endpoint)]
  const honest = memoryLink(() => there.account, { pairing: 'pairing of device' })
  const exchanges: { up: Bundled[]; down: Bundled[] }[] = []
  await honestSync(client, there, {
    exchange: async (request, signal) => {
      const asked: Uint8Array[] = []
      const answered: Uint8Array[] = []
      const exchange: (typeof exchanges)[number] = { up: [], down: [] }
      exchanges.push(exchange)
      const answer = await honest.exchange(tap(request, asked), signal)
      return tap(answer, answered, () => {
        exchange.up.push(...framesOf(client, asked))
        exchange.down.push(...framesOf(client, answered))
      })
    },
  })
  return exchanges
}

function framesOf({ account }: Side, stream: readonly Uint8Array[]): Bundled[] {
  const decoder = createFrameDecoder(account)
  decoder.push(Buffer.concat(stream))
  const frames: Frame[] = []
  for (let frame = decoder.next(); frame; frame = decoder.next()) frames.push(frame)
  return frames.flatMap(unbundle)
}

async function* encoded({ account }: Side, frames: readonly Bundled[]): AsyncGenerator<Uint8Array> {
  const { encode } = createFrameEncoder(account)
  for (const { kind, payload } of frames) yield encode(kind, payload, 'text')
}

/** More than any of these exchanges comes to, by far. */
const answerMaxBytes = 1_000_000

/** The endpoint hears this request, and may say no in words. */
export async function hearRequest(endpoint: Side, frames: readonly Bundled[]): Promise<void> {
  const options = { signal: new AbortController().signal, pairing: 'pairing of device' }
  let bytes = 0
  await orRefused(async () => {
    for await (const chunk of respond(endpoint.account, encoded(endpoint, frames), options)) {
      bytes += chunk.length
      assert.ok(bytes < answerMaxBytes, `an answer of ${bytes} bytes`)
    }
  })
}

/** The device syncs, and is answered with these frames, exchange by exchange, whatever it asks. */
export async function hearAnswers(device: Side, answers: readonly (readonly Bundled[])[]): Promise<void> {
  let next = 0
  const link: Carrier = {
    exchange: async (request) => {
      for await (const _ of request instanceof Uint8Array ? [request] : request);
      const frames = answers[next++]
      if (!frames) throw new PacketboatError('LINK_FAILED', 'The endpoint is gone.', 'Sync again.')
      return encoded(device, frames)
    },
  }
  await orRefused(() => honestSync(device, device, link))
}

export async function orRefused(act: () => Promise<unknown>): Promise<void> {
  try {
    await act()
  } catch (error) {
    if (!(error instanceof PacketboatError)) throw error
  }
}

/** What a person sees: mailboxes, mail by its bytes (a stand-in by what it stands for), flags. */
function tree({ mail }: Side): string[] {
  const lines: string[] = []
  for (const [name, messages] of mail.snapshot()) {
    lines.push(`${name}/`)
    for (const { bytes, flags } of messages)
      lines.push(`${name}/${isStandIn(bytes) ? 'stand-in' : nameOf(bytes)} ${flags.join(',')}`)
  }
  return lines.sort()
}

const nameOf = (bytes: Uint8Array): string =>
  `${/^Subject: (\S+)/m.exec(Buffer.from(bytes).toString('latin1'))?.[1]} ${digestOf(bytes)}`

/**
 * A device that is set up anew, and one that there was, hold what their upstream holds; of that, what is whole there, where the rest waits for an
 * upstream of its own.
 */
export async function assertAgreed(
  upstream: Side,
  others: readonly Side[],
  { wholeOnly = false }: { readonly wholeOnly?: boolean } = {},
): Promise<void> {
  const fresh = await makeSide('fresh', { hasUpstream: true, random: seededRandom(13), guard: defaultGuard })
  for (const side of [...others, fresh, ...others]) await honestSync(side, upstream)
  const shown = (side: Side): string[] =>
    tree(side).filter((line) => !wholeOnly || !line.includes('/stand-in '))
  for (const side of [fresh, ...others])
    assert.deepEqual(shown(side), shown(upstream), `${side.name} and ${upstream.name} differ`)
}

/** All mail of these sides, by digest. */
export const mailOf = (sides: readonly Side[]): Map<string, string> =>
  new Map(
    sides.flatMap(({ mail }) =>
      [...mail.snapshot().values()].flat().map(({ bytes }) => [digestOf(bytes), nameOf(bytes)] as const),
    ),
  )

/** What there was before it began, but for what a person has removed at the endpoint. */
export function mailThatStays({ endpoint }: WholeWorld, sides: readonly Side[]): Map<string, string> {
  const mails = mailOf(sides)
  for (const { bytes } of endpoint.mail.removals) mails.delete(digestOf(bytes))
  return mails
}

/** Each of these mails is in a mailbox of one of the sides, or was set aside there. Returns how many are in no mailbox. */
export function assertKept(mails: ReadonlyMap<string, string>, sides: readonly Side[]): number {
  const shown = mailOf(sides)
  const aside = new Set(sides.flatMap(({ mail }) => mail.aside.map(digestOf)))
  const gone = [...mails].filter(([digest]) => !shown.has(digest))
  const lost = gone.filter(([digest]) => !aside.has(digest)).map(([, name]) => name)
  assert.deepEqual(lost, [], 'mail is lost')
  return gone.length
}
