import { type ByteSource, readRange } from '../../../bytes/source.js'
import { PacketboatError } from '../../../errors/packetboat-error.js'
import type { AsideMessage } from '../../../mailstore/aside-folder.js'
import { parseEnvelope } from '../../../mime/headers/envelope.js'
import { readMarker, withoutMarker } from '../../../mime/stand-in/stand-in.js'
import { type MailboxPath, pathText } from '../../../replica/model.js'
import { standInMarking } from '../../../sync/content/stand-in-key.js'
import { counted, formatBytes } from '../../../told/sizes.js'
import type { CommandContext } from '../../command-context.js'
import { personName } from '../../looking/message-row.js'
import {
  type AccountSession,
  accountsOf,
  forEitherSide,
  forOwnerOnEitherSide,
} from '../../session/account-session.js'
import type { OpenAccount } from '../../session/open-account.js'

export interface ExpungedOptions {
  readonly restore?: string
  readonly account?: string
}

/** `packetboat expunged`: what went because the other side said so, and can still be had back; `--restore NAME` or `--restore all`. */
export async function expungedCommand(context: CommandContext, options: ExpungedOptions): Promise<number> {
  const { restore, account: name } = options
  if (restore === undefined)
    return forEitherSide(context, { name, beside: true }, async ({ account }, own) => {
      const { aside } = account.mailStore
      const shown = []
      for (const each of await aside.list()) shown.push({ ...each, ...(await whatItSays(aside, each.name)) })
      tell(own, shown)
    })
  const work = ({ account }: AccountSession, own: CommandContext) => restoreFrom(account, own, restore)
  if (restore === 'all') {
    const accounts = accountsOf(context, { name })
    if (accounts.length > 1)
      throw new PacketboatError(
        'USAGE',
        '--restore all is for one account.',
        `Add -a with one of ${accounts.join(', ')}.`,
      )
    return forEitherSide(context, { name }, work)
  }
  const hasIt = async ({ mailStore }: OpenAccount): Promise<boolean> =>
    (await mailStore.aside.list()).some((each) => each.name === restore)
  return forOwnerOnEitherSide(context, { name }, restore, hasIt, work)
}

async function restoreFrom(account: OpenAccount, { output }: CommandContext, restore: string): Promise<void> {
  const kept = await account.mailStore.aside.list()
  const chosen = kept.filter(({ name }) => restore === 'all' || name === restore)
  if (chosen.length === 0 && restore === 'all')
    return output.result({ event: 'restored', messages: 0 }, [nothing])
  if (chosen.length === 0)
    throw new PacketboatError(
      'NOT_FOUND',
      `There is no message "${restore}" to restore.`,
      'packetboat expunged lists them.',
    )
  const there = (await account.mailStore.mailboxes())
    .filter(({ unreadable }) => !unreadable)
    .map(({ path }) => pathText(path))
  const mailboxes = new Set(there)
  for (const { name, mailbox } of chosen)
    await restoreMessage(account, name, mailboxes.has(pathText(mailbox)) ? mailbox : ['INBOX'])
  const next = account.replica.hasUpstream
    ? 'The next sync sends them up.'
    : 'Devices get them with their next sync.'
  output.result({ event: 'restored', messages: chosen.length }, [
    `${counted(chosen.length, 'message')} restored as new mail. ${next}`,
  ])
}

const nothing = 'There are no messages to restore.'

interface Shown extends AsideMessage {
  readonly from: readonly string[]
  readonly subject: string
}

/** Sender and subject, for a person to know it by; nothing of what can't be read now. */
async function whatItSays(
  aside: OpenAccount['mailStore']['aside'],
  name: string,
): Promise<Pick<Shown, 'from' | 'subject'>> {
  try {
    const source = await aside.open(name)
    try {
      const { from, subject = '' } = parseEnvelope(await source.read(0, headerBytes))
      return { from: from.map(personName), subject }
    } finally {
      await source.close()
    }
  } catch {
    return { from: [], subject: '' }
  }
}

/** Sender and subject stand within that, however many hands a message has gone through. */
const headerBytes = 64 * 1024

function tell({ output }: CommandContext, kept: readonly Shown[]): void {
  const lines = kept.flatMap(({ name, mailbox, atMs, sizeBytes, from, subject }) => [
    `${from[0] ?? '(nobody)'}: ${subject || '(no subject)'}  (${pathText(mailbox)}, expunged ${new Date(atMs).toISOString().slice(0, 10)})`,
    `  ${name}  ${formatBytes(sizeBytes)}`,
  ])
  output.result(
    { event: 'expunged', messages: kept.map((each) => ({ ...each, mailbox: pathText(each.mailbox) })) },
    lines.length > 0 ? [...lines, 'Restore one: packetboat expunged --restore NAME'] : [nothing],
  )
}

/** Written as new mail first and only then forgotten: whatever ends this in between leaves two rather than none. */
async function restoreMessage(account: OpenAccount, name: string, path: MailboxPath): Promise<void> {
  const { mailStore, replica } = account
  const source = await mailStore.aside.open(name)
  try {
    // Of a message that had only come in part, the part that was here comes back: the rest can't be asked for any more.
    const standsIn = replica.hasUpstream && (await isStandIn(account, source))
    const message = { guid: replica.nextGuid(), flags: [], internalDateMs: source.internalDateMs }
    await mailStore.put(path, message, standsIn ? withoutMarker(source) : readRange(source))
    await mailStore.flush()
  } finally {
    await source.close()
  }
  await mailStore.aside.remove(name)
}

async function isStandIn(account: OpenAccount, source: ByteSource): Promise<boolean> {
  const marker = await readMarker(source, await standInMarking(account))
  return marker.kind === 'partial' && marker.proved
}
