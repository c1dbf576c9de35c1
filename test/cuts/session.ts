import { sync } from '../../src/sync/initiator/sync.js'
import { defaultPolicy } from '../../src/sync/policy/policy.js'
import { type MemoryLink, memoryLink } from '../world/memory-link.js'
import { type Random, seededRandom } from '../world/random.js'
import { makeSide, type Side } from '../world/side.js'

/**
 * A session that is the same to the byte every time it is run: 30 messages with attachments come down at first, then there are changes on
 * both sides. It can be run from either of the two beginnings, over a line that breaks wherever it is told to.
 */

export const phases = ['first sync', 'changes', 'changes in two exchanges'] as const
export type Phase = (typeof phases)[number]
export type Way = 'up' | 'down'

export interface Scene {
  readonly endpoint: Side
  readonly client: Side
  readonly link: MemoryLink
  /** Beyond so many bytes what goes up waits for the second exchange. */
  readonly smallUploadBytes?: number
}

const policy = { ...defaultPolicy, attachmentBytes: 1e9 }
const encoder = new TextEncoder()
const words =
  'the ship left harbour early and we had a fair wind until noon when rain came over from the west'.split(' ')

const prose = (random: Random, count: number): string =>
  Array.from({ length: count }, () => random.pick(words)).join(' ')

/** Few: random text hardly compresses, so that a cut in a full frame of it would cost 3 kB. */
const cold = (random: Random): string =>
  `DKIM-Signature: v=1; b=${Buffer.from(random.bytes(800)).toString('base64')}\n`

function message(serial: number, attachmentBytes: number): Uint8Array {
  const random = seededRandom(serial)
  const head = `${serial % 18 === 0 ? cold(random) : ''}From: crew${serial % 5}@example.org\nTo: shore@example.org\nSubject: log ${serial}\nDate: Mon, 02 Nov 2026 10:00:${10 + (serial % 50)} +0000\nMessage-ID: <${serial}@example.org>\n`
  if (attachmentBytes === 0) return encoder.encode(`${head}\n${prose(random, 60)}\n`)
  const base64 = Buffer.from(random.bytes(attachmentBytes))
    .toString('base64')
    .match(/.{1,76}/g)
    ?.join('\n')
  return encoder.encode(
    `${head}MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\n${prose(random, 40)}\n--b\nContent-Type: image/jpeg; name=a.jpg\nContent-Transfer-Encoding: base64\n\n${base64}\n--b--\n`,
  )
}

async function firstSync(): Promise<Scene> {
  const random = seededRandom(7)
  const endpoint = await makeSide('endpoint', { hasUpstream: false, random })
  const client = await makeSide('client', { hasUpstream: true, random })
  const { person } = endpoint.mail
  person.createMailbox(['Lists'])
  for (let i = 0; i < 30; i++) person.deliver(i % 3 === 0 ? ['Lists'] : ['INBOX'], message(i, 60 + 20 * i))
  return joined(endpoint, client)
}

const joined = (endpoint: Side, client: Side): Scene => ({
  endpoint,
  client,
  link: memoryLink(() => endpoint.account, { chunkBytes: 200 }),
})

/** The second beginning: everything is in step, and people have done things since. */
async function changes(synced: Scene): Promise<Scene> {
  const random = seededRandom(8)
  const endpoint = await makeSide('endpoint', { hasUpstream: false, random, copyOf: synced.endpoint })
  const client = await makeSide('client', { hasUpstream: true, random, copyOf: synced.client })
  act(endpoint, 100)
  act(client, 200)
  return joined(endpoint, client)
}

/** Some of everything that a person does, to other messages on each side. */
function act({ mail }: Side, serial: number): void {
  const { person } = mail
  const at = serial / 100
  const [inbox, lists] = ['INBOX', 'Lists'].map((name) => mail.snapshot().get(name) ?? [])
  const locator = (messages: typeof inbox, index: number): string => messages?.[index]?.locator ?? ''
  person.setFlags(['INBOX'], locator(inbox, at), ['\\Seen', '\\Flagged', 'later'])
  person.remove(['INBOX'], locator(inbox, 3 + at))
  person.createMailbox([`Made ${at}`])
  person.move(['INBOX'], locator(inbox, 6 + at), [`Made ${at}`])
  person.copy(['Lists'], locator(lists, at), ['INBOX'])
  for (let i = 0; i < 3; i++) person.deliver(['INBOX'], message(serial + i, i === 1 ? 700 : 0))
  person.deliver([`Made ${at}`], message(serial + 9, 300), ['\\Draft'])
}

/** The beginning of either phase, again and again. */
export async function prepare(): Promise<Record<Phase, () => Promise<Scene>>> {
  const synced = await firstSync()
  await run(synced)
  return {
    'first sync': firstSync,
    changes: () => changes(synced),
    'changes in two exchanges': async () => ({ ...(await changes(synced)), smallUploadBytes: 600 }),
  }
}

export const run = ({ client, link, smallUploadBytes }: Scene): ReturnType<typeof sync> =>
  sync(client.account, { link, policy, ...(smallUploadBytes !== undefined && { smallUploadBytes }) })

/** Everything in a mail store: mailboxes, flags and bytes. */
export function tree(side: Side): string[] {
  const lines: string[] = []
  for (const [name, messages] of side.mail.snapshot()) {
    lines.push(name)
    for (const { bytes, flags } of messages)
      lines.push(`${name} ${Buffer.from(bytes).toString('base64')} ${flags.join()}`)
  }
  return lines.sort()
}
