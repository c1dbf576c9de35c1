import { decodeEnvelope } from '../../mime/headers/envelope-codec.js'
import { getContent } from '../../replica/content/contents.js'
import { cursorOf } from '../../replica/cursor.js'
import { isLive, messageByNumber } from '../../replica/messages.js'
import type { Guid, UidRange } from '../../replica/model.js'
import type { MailboxRecord, MessageRecord } from '../../replica/records.js'
import type { Reader } from '../../store/database.js'
import type { Wants } from '../../wire/wants-frame.js'
import { answeredIds, messagesWithId } from '../content/thread.js'
import type { Policy } from '../policy/policy.js'
import { isSelected } from '../policy/selection.js'
import { MailboxWindow, type WindowRequest } from '../shore/mailbox-window.js'
import { type ChangesRequest, changesOf, type FirstPage, type Told } from './plan-changes.js'

/** What there may be to tell of a mailbox. */
export interface Look {
  readonly mailbox: MailboxRecord
  readonly wants: Wants | undefined
  /** Undefined: the mailbox takes no part. */
  readonly window?: MailboxWindow
  /** Nothing has happened in the mailbox, and nothing is asked of it. */
  readonly isQuiet: boolean
  /** What has changed, where that is known by now. */
  readonly told?: Omit<Told, 'news'>
}

export interface LookRequest extends Omit<ChangesRequest, 'mailbox' | 'asked' | 'doubted'> {
  readonly policy: Policy
  readonly only: readonly string[]
  readonly window: Omit<WindowRequest, 'windows'>
}

export const wantedTier = (wants: Wants | undefined, tier: number): readonly UidRange[] =>
  wants?.tiers.filter((wanted) => wanted.tier === tier).flatMap(({ messages }) => messages) ?? []

/** The message of a wanted part. */
export async function wantedMessage(
  reader: Reader,
  mailbox: Guid,
  number: number,
): Promise<MessageRecord | undefined> {
  const message = await messageByNumber(reader, mailbox, number)
  return isLive(message) ? message : undefined
}

export const isPageFull = ({ messages, mailboxes }: FirstPage, looks: readonly Look[]): boolean =>
  looks.length >= mailboxes || looks.reduce((sum, { window }) => sum + (window?.brings ?? 0), 0) >= messages

/** A mailbox with a window is read at once, since what comes into it may call messages of others; the rest when its turn comes. */
export async function lookInto(
  reader: Reader,
  request: LookRequest,
  mailbox: MailboxRecord,
  wants: Wants | undefined,
): Promise<Look> {
  const { only, policy } = request
  const narrowed = only.length === 0 || isSelected(only, mailbox)
  const look: Look = { mailbox, wants, isQuiet: true }
  if (!narrowed || !isSelected(policy.select, mailbox)) return look
  const { log, missing, ashore = [] } = cursorOf(request.cursor, mailbox.guid)
  const within = { ...request.window, windows: policy.windows, rest: request.rest }
  const isQuiet = mailbox.head <= log && missing.length === 0
  const window = await MailboxWindow.over(reader, mailbox, ashore, { ...within, isQuiet })
  if (isQuiet && !wants && !window.moves) return { ...look, window }
  const moving = { ...look, window, isQuiet: false }
  if (!window.leavesOut && !request.page) return moving
  return { ...moving, told: await takeNews(reader, request, moving) }
}

/** What has changed; what is new goes to the window. */
export async function takeNews(
  reader: Reader,
  request: LookRequest,
  { mailbox, wants, window }: Look & { readonly window: MailboxWindow },
): Promise<Omit<Told, 'news'>> {
  const asked = wantedTier(wants, 0)
  const { news, ...told } = await changesOf(reader, { ...request, mailbox, asked, doubted: window.doubted })
  window.take(news, asked)
  return told
}

/** More ids than this are not remembered: a sender chooses how many there are. */
const mostUnfound = 10_000

/**
 * Over mailboxes with windows: what a message that comes answers comes, too, in whichever of them it is, and so on.
 * @param unfound while not all has been looked at: what messages answer that came before it
 * @param isPart what is found may be called later, too
 */
export async function callThreads(
  reader: Reader,
  looks: readonly Look[],
  rest: () => Promise<void>,
  unfound?: Set<string>,
  isPart = false,
): Promise<void> {
  const windows = new Map<Guid, MailboxWindow>()
  for (const { mailbox, window } of looks) if (window?.leavesOut) windows.set(mailbox.guid, window)
  const coming = [...windows.values()].flatMap((window) => window.coming())
  const call = async (id: string): Promise<boolean> => {
    await rest()
    let isThere = false
    for await (const answered of messagesWithId(reader, id)) {
      isThere = true
      if (windows.get(answered.mailbox)?.call(answered)) coming.push(answered)
    }
    return isThere
  }
  for (const id of unfound ?? []) if (await call(id)) unfound?.delete(id)
  for (const message of coming) {
    await rest()
    const content = await getContent(reader, message.content)
    if (!content?.envelope) continue
    for (const id of answeredIds(decodeEnvelope(content.envelope)))
      if ((!(await call(id)) || isPart) && unfound && unfound.size < mostUnfound) unfound.add(id)
  }
}
