import { existsSync, rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRandom } from '../../fixtures/random.js'
import { isPacketboat } from '../peers/packetboat.js'
import type { Station } from '../peers/peer.js'
import { addFlag, deliver, flagsOf, indexMail, mailFiles, readMessage, sizeOf } from './maildir.js'
import { attach, blurb, compose, dateOf, headerOf, makeAttachment, type Raw } from './message.js'

/** What was done, so that it can be looked for afterwards. */
export interface Changes {
  /** New on the server, oldest first. */
  readonly arrived: readonly Raw[]
  readonly drafts: readonly Raw[]
  readonly flaggedThere: readonly string[]
  readonly flaggedHere: readonly string[]
  readonly expunged: string
}

/** INBOX messages without attachment, by Message-ID: the same for every peer, and five for each set of changes. */
export function choosable(account: string): string[] {
  const ids = mailFiles(account)
    .filter((file) => file.mailbox === 'INBOX' && sizeOf(file) < 15_000)
    .map(({ path }) => headerOf(readMessage(path), 'Message-ID'))
    .sort()
  return createRandom(5).shuffled(ids)
}

const startSeconds = 1_763_100_000

/**
 * A day's changes, number `set`. On the server: two replies arrive, and with `attachmentBytes` a third message that carries
 * a PDF; one message is flagged, one answered, one expunged. On the client: one flagged, one answered, a draft of 2 kB.
 */
export async function change(
  station: Station,
  pool: readonly string[],
  set: number,
  attachmentBytes: number,
): Promise<Changes> {
  const { serverMail, clientMail, peer } = station
  await quiet(station)
  const random = createRandom(9000 + set)
  const [flagged = '', answered = '', starred = '', replied = '', expunged = ''] = pool.slice(
    set * 5,
    set * 5 + 5,
  )
  const [there, here] = [indexMail(serverMail), indexMail(clientMail)]
  const seconds = startSeconds + set * 86_400
  const original = (id: string): Raw => readMessage(fileOf(there, id).path)
  const reply = (id: string, later: number): Raw =>
    compose(random, original(id), { kind: 'reply', seconds: seconds + later, words: [20, 40] })
  const arrived = [reply(flagged, 100), reply(answered, 200)]
  if (attachmentBytes > 0)
    arrived.push(attach(random, reply(starred, 300), makeAttachment(random, attachmentBytes, 'pdf')))
  arrived.forEach((message, i) => {
    const number = 50_000 + set * 10 + i
    deliver(serverMail, { mailbox: 'INBOX', message, seconds: seconds + 100 * (i + 1), number })
  })
  addFlag(fileOf(there, flagged), 'F')
  addFlag(fileOf(there, answered), 'R')
  rmSync(fileOf(there, expunged).path)
  const drafts: Raw[] = []
  if (peer.twoWay) {
    addFlag(fileOf(here, starred), 'F')
    addFlag(fileOf(here, replied), 'R')
    drafts.push(draft(random, set, seconds))
    for (const message of drafts)
      deliver(clientMail, { mailbox: 'Drafts', message, seconds, number: 77_000 + set, flags: 'DS' })
  }
  await station.changed('server')
  await station.changed('client')
  await quiet(station)
  return { arrived, drafts, flaggedThere: [flagged, answered], flaggedHere: [starred, replied], expunged }
}

/** Directory times have a grain of a second, and some programs (notmuch) miss what is put in within the second of their last look. */
export async function quiet(station: Station): Promise<void> {
  if (!isPacketboat(station.peer)) await sleep(2100)
}

function draft(random: Parameters<typeof blurb>[0], set: number, seconds: number): Raw {
  let text = [
    'From: u <u@example.org>',
    'To: someone@example.net',
    `Subject: draft ${set}`,
    `Date: ${dateOf(seconds)}`,
    `Message-ID: <draft.${set}@u.example.org>`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    '',
    '',
  ].join('\n')
  while (text.length < 2000) text += `${blurb(random, 20, 60)}\n`
  return text
}

function fileOf(index: ReturnType<typeof indexMail>, id: string) {
  const file = index.get(id)
  if (!file || !existsSync(file.path)) throw new Error(`${id} isn't where it should be`)
  return file
}

/** What of the changes didn't come to the other side; empty when all is well. */
export function missing(station: Station, changes: Changes): string[] {
  const { arrived, drafts, flaggedThere, flaggedHere, expunged } = changes
  const [there, here] = [indexMail(station.serverMail), indexMail(station.clientMail)]
  const equalFlags = (id: string): boolean => {
    const [a, b] = [there.get(id), here.get(id)]
    return a !== undefined && b !== undefined && /[FR]/.test(flagsOf(a)) && /[FR]/.test(flagsOf(b))
  }
  const ids = (messages: readonly Raw[]): string[] =>
    messages.map((message) => headerOf(message, 'Message-ID'))
  return [
    ...ids(arrived)
      .filter((id) => !here.has(id))
      .map((id) => `new ${id}`),
    ...ids(drafts)
      .filter((id) => !there.has(id))
      .map((id) => `draft ${id}`),
    ...flaggedThere.filter((id) => !equalFlags(id)).map((id) => `flag from the server of ${id}`),
    ...(station.peer.twoWay ? flaggedHere : [])
      .filter((id) => !equalFlags(id))
      .map((id) => `flag from the client of ${id}`),
    ...(here.has(expunged) ? ['the expunge'] : []),
  ]
}
