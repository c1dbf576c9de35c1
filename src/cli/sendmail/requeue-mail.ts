import { join } from 'node:path'
import type { FolderSpool, SpoolEntry } from '../../outbox/spool.js'
import type { OpenConfig } from '../settings/open-config.js'
import type { SendmailCall } from './arguments.js'
import { outboxFolder } from './choose-account.js'
import { readHandedHeader } from './handed-header.js'
import { queueMail, receiveMail } from './queue-mail.js'

export interface Requeue {
  readonly open: OpenConfig
  readonly spool: FolderSpool
  /** The mail as it waited before; it is held meanwhile. */
  readonly waiting: Extract<SpoolEntry, { readonly kind: 'mail' }>
  readonly before: Uint8Array
  readonly after: Uint8Array
  readonly now: () => number
}

/**
 * Replaces a waiting mail with the version that a person has edited, checked as `sendmail` checks it.
 * Recipients who were removed from To, Cc and Bcc no longer get it, those who were added do, and those who
 * never stood there still do. When it throws, the earlier version is still there.
 */
export async function requeueMail({
  open,
  spool,
  waiting,
  before,
  after,
  now,
}: Requeue): Promise<{ readonly name: string; readonly to: readonly string[] }> {
  const { name: old, envelope, urgent, notBeforeMs, asIs } = waiting.mail
  const was = readHandedHeader(before)
  const mail = await receiveMail(inOne(after))
  const recipients = recipientsAfter(envelope.recipients, was.recipients(), mail.header.recipients())
  const { notify, ret, envelopeId } = envelope
  const call: SendmailCall = {
    mode: 'send',
    recipients,
    fromHeader: recipients.length === 0,
    ...(envelope.from !== was.sender?.address && { from: envelope.from }),
    dsn: {
      ...(notify && { notify }),
      ...(ret && { ret }),
      ...(envelopeId !== undefined && { envelopeId }),
    },
    verbose: false,
    urgent: urgent && !was.urgent,
    hold: true,
    asIs: asIs === true,
    json: false,
  }
  const name = await queueMail({
    call,
    mail,
    config: open.config,
    outbox: join(open.dataRoot, outboxFolder),
    now,
    times: {
      ...(notBeforeMs !== undefined && { notBeforeMs }),
      heldUntil: 'released',
    },
  })
  // Both are held until only one is left: a sync that comes between takes neither.
  try {
    await spool.takeBack(old)
  } catch (error) {
    await spool.takeBack(name)
    throw error
  }
  await asBefore(spool, name, waiting)
  const put = (await spool.list()).find((each) => each.name === name)
  return { name, to: put?.envelope.recipients ?? recipients }
}

/** Holds a mail, or lets it go, as it was before somebody looked into it. */
export async function asBefore(
  spool: FolderSpool,
  name: string,
  { state, untilMs }: Requeue['waiting'],
): Promise<void> {
  if (state !== 'held') await spool.release(name)
  else if (untilMs !== undefined) await spool.hold(name, untilMs)
}

function recipientsAfter(
  all: readonly string[],
  before: readonly string[],
  after: readonly string[],
): string[] {
  const key = (address: string): string => address.toLowerCase()
  const [had, has] = [new Set(before.map(key)), new Set(after.map(key))]
  const kept = all.filter((each) => has.has(key(each)) || !had.has(key(each)))
  const known = new Set(all.map(key))
  // An address in the header that got nothing before, because the sending program said so, still gets nothing.
  return [...kept, ...after.filter((each) => !known.has(key(each)) && !had.has(key(each)))]
}

async function* inOne(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
