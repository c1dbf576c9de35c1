import { toHex } from '../../bytes/hex.js'
import { memorySource, readRange } from '../../bytes/source.js'
import { ashoreStandIn } from '../../mime/stand-in/stand-in.js'
import { fileOf } from '../../replica/files.js'
import { getMailbox } from '../../replica/mailboxes.js'
import { type Guid, type MailboxPath, pathText } from '../../replica/model.js'
import { wholeFile } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import type { Hit } from '../../wire/response/hits-frame.js'
import type { Account } from '../account.js'
import { standInMarking } from '../content/stand-in-key.js'
import { isOfOneItem } from '../error-scope.js'
import type { StoreMessage } from '../mail-store.js'
import { listAsked, noteShown } from './asked-questions.js'
import { messageOfHit } from './filed-hits.js'

/**
 * Shows hits in a mailbox that any mail program can read: what is here as a copy, the rest by what is known
 * of it. No scan looks at it, so nothing that happens in it affects any other mail.
 */

export const searchMailbox = (name: string): MailboxPath => ['Search', name]

/** Files in it that we wrote begin their GUIDs so, which are made of what they show. */
const ownStart = '5ea4c4'

export const isShownHit = ({ guid }: StoreMessage): boolean => guid?.startsWith(ownStart) ?? false

/** Shows answers that have come since, and what has become of the hits of others. */
export async function showHits(account: Account): Promise<void> {
  const { searches } = account.mailStore
  if (!searches) return
  for (const asked of await listAsked(account.replica.db)) {
    const { keep } = asked.question
    if (keep === undefined || !asked.answer?.hits) continue
    try {
      const path = searchMailbox(keep)
      const isNew = !asked.answer.isShown
      // Whoever deletes it wants to see no more of it.
      if (isNew) await searches.make(path)
      else if (!searches.paths().some((each) => pathText(each) === pathText(path))) continue
      await showAnswer(account, path, asked.answer.hits.entries, isNew)
      if (isNew) await account.replica.db.transact((tx) => noteShown(tx, asked))
    } catch (error) {
      // The next sync tries again.
      if (!isOfOneItem(error)) throw error
    }
  }
}

/** Of an answer that was shown, nothing that has been deleted there since comes back. */
async function showAnswer(
  account: Account,
  path: MailboxPath,
  hits: readonly Hit[],
  isNew: boolean,
): Promise<void> {
  const { mailStore } = account
  const { messages } = await mailStore.messages(path)
  const there = new Map(messages.filter(isShownHit).map((each) => [each.guid, each]))
  const wanted = new Set<Guid>()
  for (const hit of hits) {
    const [whole, part] = [guidOf(account, hit, 'whole'), guidOf(account, hit, 'part')]
    const before = there.get(part)
    const isShown = there.has(whole)
    if (!isShown && (isNew || before) && (await copyWhole(account, path, hit, whole))) wanted.add(whole)
    else if (isShown) wanted.add(whole)
    else {
      if (isNew && !before) await putStandIn(account, path, hit, part)
      wanted.add(part)
    }
  }
  for (const [guid = '', { locator, flags }] of there)
    if (!wanted.has(guid)) await mailStore.remove(path, locator, flags)
  await mailStore.flush()
}

/** Returns false where not all of it is here. */
async function copyWhole(
  { replica: { db }, mailStore }: Account,
  path: MailboxPath,
  hit: Hit,
  guid: Guid,
): Promise<boolean> {
  const message = await messageOfHit(db, { ...hit, number: hit.message })
  const file = message && (await fileOf(db, message.guid))
  const place = file && (await tables.place.get(db, message.guid))
  const mailbox = place && (await tables.mailboxFile.get(db, place.mailbox))
  if (file?.shown !== wholeFile || !mailbox) return false
  const from = { path: mailbox.path, locator: place.locator }
  await mailStore.copy(from, path, { guid, flags: file.flags, internalDateMs: message.internalDateMs })
  return true
}

async function putStandIn(account: Account, path: MailboxPath, hit: Hit, guid: Guid): Promise<void> {
  const mailbox = await getMailbox(account.replica.db, hit.mailbox)
  const where = mailbox ? `in ${pathText(mailbox.path)} at the endpoint` : 'at the endpoint'
  const text = `This message lies ${where} and isn't here. It has ${hit.sizeBytes} bytes.\n\nMove or copy it to another mailbox, and the next sync fetches it. Whatever else becomes of it\nhere changes nothing there.`
  const message = { ...hit, number: hit.message }
  const bytes = ashoreStandIn(await standInMarking(account), guid, message, text)
  const now = { guid, flags: ['\\Seen'], internalDateMs: hit.arrivedMs }
  await account.mailStore.put(path, now, readRange(memorySource(bytes)))
}

function guidOf({ createHash }: Account, { mailbox, message }: Hit, shown: 'whole' | 'part'): Guid {
  const hash = createHash()
  hash.update(new TextEncoder().encode(`packetboat hit ${mailbox} ${message} ${shown}\n`))
  return `${ownStart}${toHex(hash.digest())}`.slice(0, 32)
}
