import { hasCode, PacketboatError } from '../../errors/packetboat-error.js'
import { type MailboxPath, pathText } from '../../replica/model.js'
import { problemOf } from '../../replica/problems.js'
import { isOfOneItem } from '../../sync/error-scope.js'
import type { MailStore } from '../../sync/mail-store.js'
import { counted } from '../../told/sizes.js'

/** What mail there is in a mail store, and what of it can't take part. */
export interface MailSurvey {
  readonly mailboxes: number
  readonly messages: number
  readonly problems: readonly SurveyProblem[]
}

interface SurveyProblem {
  readonly mailbox: string
  readonly item?: string
  readonly reason: string
  readonly next: string
  readonly harmless?: boolean
}

/** Lists every mailbox and opens every message: what a sync would meet. Throws what is wrong with the whole mail store. */
export async function surveyMail(store: MailStore, signal?: AbortSignal): Promise<MailSurvey> {
  const problems: SurveyProblem[] = []
  let [mailboxes, messages] = [0, 0]
  const note = (error: unknown, mailbox: string, rest: Partial<SurveyProblem> = {}): void => {
    const { reason, next } = problemOf(error, { mailbox })
    problems.push({ mailbox, reason, next, ...rest })
  }
  for (const { path, unreadable } of await store.mailboxes(signal)) {
    const mailbox = pathText(path)
    mailboxes += 1
    try {
      if (unreadable) throw unreadable
      const listing = await store.messages(path)
      // What can be made whole holds no mail that was ever seen.
      if (listing.partial && !listing.complete) note(listing.partial, mailbox)
      for (const { locator, error, harmless } of listing.unreadable ?? [])
        note(error, mailbox, { item: locator, ...(harmless && { harmless }) })
      for (const { locator } of listing.messages) {
        signal?.throwIfAborted()
        const error = await errorOfOpening(store, path, locator)
        if (error === undefined) messages += 1
        // People read their mail meanwhile.
        else if (!hasCode(error, 'MESSAGE_GONE')) note(error, mailbox, { item: locator })
      }
    } catch (error) {
      if (signal?.aborted || !isOfOneItem(error) || !(error instanceof PacketboatError)) throw error
      note(error, mailbox)
    }
  }
  return { mailboxes, messages, problems }
}

/** Why a message can't be opened; undefined where it can be. Throws what is wrong with more than this message. */
async function errorOfOpening(store: MailStore, path: MailboxPath, locator: string): Promise<unknown> {
  try {
    await (await store.open(path, locator)).close()
    return undefined
  } catch (error) {
    if (!isOfOneItem(error)) throw error
    return error
  }
}

/** Lists what can't take part in words, at most `most` lines. */
export function surveyWords({ mailboxes, messages, problems }: MailSurvey, most = 50): string[] {
  const told = problems
    .slice(0, most)
    .flatMap(({ mailbox, item, reason, next, harmless }) => [
      `  ${harmless ? 'left alone' : "can't take part"}: ${item === undefined ? mailbox : `${mailbox}, ${item}`}: ${reason} ${next}`,
    ])
  const more = problems.length > most ? [`  and ${problems.length - most} more.`] : []
  return [
    `${counted(messages, 'message')} in ${mailboxes} mailbox${mailboxes === 1 ? '' : 'es'}`,
    ...told,
    ...more,
  ]
}
