import { getContent } from '../../src/replica/content/contents.js'
import { getMailbox } from '../../src/replica/mailboxes.js'
import { getMessage } from '../../src/replica/messages.js'
import { type MailboxPath, pathText } from '../../src/replica/model.js'
import { listProblems } from '../../src/replica/problems.js'
import { tables } from '../../src/replica/tables.js'
import { isSent } from '../../src/sync/policy/guard.js'
import { seededRandom } from '../world/random.js'
import type { Side } from '../world/side.js'
import { isStandIn, serialOf } from './fates.js'

/** Lets something go wrong with a side's mail store, and says what. */
export function ail({ mail, ailments }: Side, roll: number): string {
  const random = seededRandom(roll)
  const earlier = random.pick(kinds)
  const name = random.pick([...mail.snapshot().keys()])
  const later = seededRandom(roll ^ 0x2545f491)
  const latest = seededRandom(roll ^ 0x1b873593)
  if (seededRandom(roll ^ 0x5bd1e995).next() < 0.05) {
    mail.person.passIdentitiesOn()
    return 'has numbered its folders anew'
  }
  const kind =
    latest.next() < 0.1 ? ('unheard' as const) : later.next() < 0.25 ? later.pick(laterKinds) : earlier
  const path: MailboxPath = name.split('/')
  switch (kind) {
    case 'late':
      ailments.late = 1 + random.below(5)
      return `answers ${ailments.late} turns late`
    case 'relocate':
      mail.person.relocate(path)
      return `${name} is on another disk now`
    case 'silent':
      ailments.silent = 1 + random.below(6)
      return `has no answer to ${ailments.silent} questions`
    case 'unheard':
      ailments.unheard = 1 + random.below(4)
      return `says nothing of the next ${ailments.unheard} changes that it makes`
    case 'short':
    case 'unreadable':
    case 'passedOver': {
      const messages = mail.snapshot().get(name) ?? []
      if (messages.length === 0) return 'nothing to spoil'
      const { locator } = random.pick(messages)
      ailments[kind].add(`${name}/${locator}`)
      return `${locator} of ${name} is ${kind}`
    }
    default:
      // Without an INBOX the whole store counts as gone, which is another fault.
      if (kind === 'hidden' && name === 'INBOX') return 'nothing to hide'
      ailments[kind].add(name)
      return `${name} is ${kind}`
  }
}

const kinds = [
  'closed',
  'broken',
  'hidden',
  'partial',
  'readOnly',
  'full',
  'unreadable',
  'passedOver',
  'relocate',
  'late',
] as const

/** Rolled apart, so that seeds that found something once go on finding it. */
const laterKinds = ['silent', 'late', 'short'] as const

/** Whether a message can't be seen where it lies, or not be read. */
export function isUnseen({ ailments }: Side, name: string, locator: string): boolean {
  const { closed, broken, hidden, partial, unreadable, passedOver, short } = ailments
  const wholly = [closed, broken, hidden, partial].some((names) => names.has(name))
  return wholly || [unreadable, passedOver, short].some((places) => places.has(`${name}/${locator}`))
}

/** Serial numbers of mail in Sent that can't be seen now: a mail program's copies among them are not known for what they are. */
export function unseenInSent(side: Side): string[] {
  const unseen: string[] = []
  for (const [name, messages] of side.mail.snapshot()) {
    if (!isSent({ path: name.split('/') })) continue
    for (const { locator, bytes } of messages) if (isUnseen(side, name, locator)) unseen.push(serialOf(bytes))
  }
  return unseen
}

/** Names of mailboxes that were out of sight before their side's replica had seen them. */
export async function hiddenUnseen(sides: readonly Side[]): Promise<ReadonlySet<string>> {
  const unseen = new Set<string>()
  for (const { account, ailments } of sides) {
    const seen = new Set<string>()
    for await (const { value } of tables.mailboxFile.list(account.replica.db)) seen.add(pathText(value.path))
    for (const name of ailments.hidden) if (!seen.has(name)) unseen.add(name)
  }
  return unseen
}

/** Serial numbers of what only a stand-in shows in such a mailbox: nothing tells that it was moved there, and not deleted. */
export async function standInsUnseen(side: Side): Promise<string[]> {
  const names = await hiddenUnseen([side])
  return [...side.mail.snapshot()].flatMap(([name, messages]) =>
    names.has(name)
      ? messages.filter(({ bytes }) => isStandIn(bytes)).map(({ bytes }) => serialOf(bytes))
      : [],
  )
}

/**
 * Names of mailboxes of which any side says that something can't take part; and whether there is any. What no cure brings back is left out
 * when all are cured: bytes that people have removed everywhere.
 */
export async function namedInProblems(
  sides: readonly Side[],
  { cured = false }: { readonly cured?: boolean } = {},
): Promise<ReadonlySet<string>> {
  const named = new Set<string>()
  const mailboxes = new Set<string>()
  for (const { account } of sides) {
    const { db } = account.replica
    for (const { mailbox, record } of await listProblems(db))
      if (record.code !== 'MESSAGE_GONE' || !cured) {
        named.add(record.mailbox)
        mailboxes.add(mailbox)
      }
    // What is missing since not all could be seen is held back, and told with that.
    for await (const { key } of tables.heldBack.list(db)) {
      const mailbox = await getMailbox(db, key[0])
      if (mailbox) named.add(pathText(mailbox.path))
    }
  }
  // Another side may call it otherwise.
  for (const { account } of sides)
    for (const guid of mailboxes) {
      const mailbox = await getMailbox(account.replica.db, guid)
      if (mailbox) named.add(pathText(mailbox.path))
    }
  return named
}

/** What each side says that can't take part, to be compared with what it said before. */
export async function allProblems(sides: readonly Side[]): Promise<string> {
  const all: string[] = []
  for (const { name, account } of sides)
    for (const { side, mailbox, item } of await listProblems(account.replica.db))
      all.push([name, side, mailbox, item].join(' '))
  return all.join('\n')
}

/**
 * Serial numbers of mail whose last bytes are gone while a copy of its stand-in is still to go up, by the messages: nobody can send it, and
 * that is named for as long as it stands there.
 */
export async function lostUploads(sides: readonly Side[]): Promise<ReadonlyMap<string, string>> {
  const lost = new Map<string, string>()
  for (const { account } of sides)
    for (const { item, record } of await listProblems(account.replica.db, 'upload'))
      lost.set(item, record.item?.split(' ')[0] ?? '')
  return lost
}

/** Digests of contents whose files the replicas believe to be in these mailboxes, out of sight: they may have gone, and wait to be had from others. */
export async function believedIn(
  sides: readonly Side[],
  names: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const digests = new Set<string>()
  for (const { account } of sides) {
    const { db } = account.replica
    for await (const { key, value } of tables.file.list(db)) {
      const mailbox = await getMailbox(db, key[0])
      if (!mailbox || !names.has(pathText(mailbox.path))) continue
      const message = await getMessage(db, value.message)
      const content = message && (await getContent(db, message.content))
      if (content?.digest !== undefined) digests.add(content.digest)
    }
  }
  return digests
}
