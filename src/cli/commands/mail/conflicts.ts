import { PacketboatError } from '../../../errors/packetboat-error.js'
import { decodeEnvelope } from '../../../mime/headers/envelope-codec.js'
import type { ConflictKind, ConflictRecord, Settlement } from '../../../replica/conflict.js'
import { getContent } from '../../../replica/content/contents.js'
import { getMailbox } from '../../../replica/mailboxes.js'
import { listConflicts } from '../../../replica/merge/conflict-log.js'
import { getMessage } from '../../../replica/messages.js'
import { type Guid, pathText } from '../../../replica/model.js'
import { getSubmission } from '../../../replica/submission/submissions.js'
import type { Reader } from '../../../store/database.js'
import type { Account } from '../../../sync/account.js'
import { nameOf, resolveConflict } from '../../../sync/write/resolve-conflict.js'
import type { CommandContext } from '../../command-context.js'
import { rowOfSubmission } from '../../outbox/outbox-row.js'
import { forEitherSide, forOwnerOnEitherSide } from '../../session/account-session.js'
import { healedWords } from '../../sync-run/recovery-words.js'

/** What became of each kind of conflict, for the person who reads the list. docs/CONFLICTS.md has the reasons. */
const words: Record<ConflictKind, string> = {
  kept: 'expunged on one side, marked important or undeleted on the other: kept as a new message',
  'moved-apart': 'moved to two places: one is in each',
  'moved-expunged': 'moved on one side, expunged on the other: the moved one stays',
  'drafts-apart': 'a draft was edited on both sides: both texts stay',
  'mailbox-kept':
    'a mailbox was deleted that held more mail than was seen where that was done: it stays with the rest',
  'mailbox-names': "a mailbox was renamed on both sides: the endpoint's name stands",
  'mailbox-apart': 'two mailboxes would have had one name: one has a number behind it',
  'mailbox-merged': 'a mailbox of one name was made on both sides: one with both contents',
  'stand-in-edited':
    'a message was edited while parts of it were deferred: the text beside the whole message',
  'sent-again': 'the endpoint no longer had it: sent again',
  'held-back': 'so many messages were gone that packetboat asks first',
  recalled:
    'gone at the endpoint while this device was away for too long: expunged here (packetboat expunged restores it)',
  healed: 'one side had lost its memory: both were compared',
  'in-doubt': 'the line broke before the mail server had answered, so a mail may have gone, or gone twice',
}

/** `packetboat conflicts`: what two histories came to, the unsettled ones first. */
export async function conflictsCommand(
  context: CommandContext,
  options: { readonly all?: boolean; readonly account?: string },
): Promise<number> {
  return forEitherSide(context, { name: options.account, beside: true }, async ({ account }, own) => {
    const { db } = account.replica
    const conflicts = (await listConflicts(db)).filter(({ settled }) => options.all || settled === undefined)
    const shown = []
    for (const conflict of conflicts) shown.push(await describe(db, conflict))
    const lines = shown.flatMap((each) => {
      const versions = [each.here && `here: ${each.here}`, each.there && `there: ${each.there}`].filter(
        Boolean,
      )
      const where = each.mailbox ? ` in ${each.mailbox}` : ''
      const detail = each.detail && each.kind !== 'healed' ? ` (${each.detail})` : ''
      const settled = each.settled ? ` [settled: ${each.settled}]` : ''
      return [
        `${each.number}  ${each.outcome}${detail}${where}${settled}`,
        ...versions.map((each) => `     ${each}`),
      ]
    })
    own.output.result({ event: 'conflicts', conflicts: shown }, [
      ...(lines.length > 0
        ? [...lines, 'Settle one: packetboat settle NUMBER --keep here|there|both']
        : ['There are no conflicts to settle.']),
    ])
  })
}

async function describe(db: Reader, conflict: ConflictRecord & { readonly number: number }) {
  const { number, kind, atMs, detail, settled } = conflict
  const mailbox = await nameOf(db, conflict.mailbox)
  const [here, there] = [await version(db, conflict.here), await version(db, conflict.there)]
  return {
    number,
    kind,
    outcome: (kind === 'healed' && detail !== undefined && healedWords(detail)) || words[kind],
    at: new Date(atMs).toISOString(),
    ...(mailbox !== '' && { mailbox }),
    ...(here !== undefined && { here }),
    ...(there !== undefined && { there }),
    ...(detail !== undefined && { detail }),
    ...(settled !== undefined && { settled }),
  }
}

/** A message in words: its subject, and where it is now. */
async function version(db: Reader, guid: Guid | undefined): Promise<string | undefined> {
  if (guid === undefined) return undefined
  const message = await getMessage(db, guid)
  if (!message) return mailCalled(db, guid)
  const content = await getContent(db, message.content)
  const subject = content?.envelope ? decodeEnvelope(content.envelope).subject : ''
  const mailbox = await getMailbox(db, message.mailbox)
  const where = message.expunged ? 'expunged' : mailbox ? pathText(mailbox.path) : ''
  return `"${subject}" (${where}${message.flags.length > 0 ? `, ${message.flags.join(' ')}` : ''})`
}

/** Mail to be sent, in words: its subject, and its name in the outbox. */
async function mailCalled(db: Reader, guid: Guid): Promise<string> {
  const submission = await getSubmission(db, guid)
  if (!submission) return `${guid} (no longer known here)`
  const { subject, name, state } = await rowOfSubmission(db, submission)
  return `"${subject}" (in the outbox: ${name}, ${state})`
}

function describeSettlement({ kind, here, there }: ConflictRecord, keep: Settlement, alone: boolean): string {
  if (kind === 'held-back')
    return alone
      ? 'nothing is deleted. The next sync brings back what is missing'
      : 'nothing is deleted. What is missing comes back when a device that has it syncs'
  if (kind === 'in-doubt' || (here === undefined && there === undefined))
    return 'it is off the list, and nothing else has changed'
  if (keep === 'both') return 'everything stays as it is'
  return `the one ${keep} stays. ${alone ? 'The next sync tells the endpoint' : 'The devices hear of it when they sync'}`
}

/** `packetboat settle NUMBER --keep here|there|both`. */
export async function settleCommand(
  context: CommandContext,
  number: string,
  options: { readonly keep: Settlement; readonly account?: string },
): Promise<number> {
  if (!/^\d{1,9}$/.test(number))
    throw new PacketboatError(
      'USAGE',
      `"${number}" is not the number of a conflict.`,
      'packetboat conflicts lists them.',
    )
  const isOpen = async ({ replica }: Account): Promise<boolean> =>
    (await listConflicts(replica.db)).some(
      (each) => each.number === Number(number) && each.settled === undefined,
    )
  return forOwnerOnEitherSide(context, { name: options.account }, number, isOpen, async (session, own) => {
    const { account, alone } = session
    const conflict = await resolveConflict(account, Number(number), options.keep, { alone })
    own.output.result({ event: 'settled', number: Number(number), keep: options.keep }, [
      `Settled: ${describeSettlement(conflict, options.keep, alone)}.`,
    ])
  })
}
