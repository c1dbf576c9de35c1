import { topAccount } from '../../settings/account-table.js'
import { command } from '../../settings/kind.js'
import { section, setting } from '../../settings/section.js'
import type { RunCounts } from '../../told/run-counts.js'
import { counted } from '../../told/sizes.js'
import type { CommandContext } from '../command-context.js'
import type { OutboxNews } from '../outbox/outbox-news.js'
import type { OutboxRow } from '../outbox/outbox-row.js'
import type { ClientSession } from '../session/client-session.js'
import { runCommand } from '../settings/run-command.js'
import type { MailboxUsage } from '../usage/usage-entry.js'

/** Commands of the person's own around a run. */
export const hookSettings = section({
  table: 'hooks',
  side: 'client',
  about:
    'Commands to run around each sync. Variables PB_... and JSON on their standard input tell them what came',
  settings: {
    beforeSync: setting(command, {
      example: '["/usr/local/bin/dial"]',
      help: 'Run before each sync. If it does not exit with 0, there is no sync, and packetboat exits with 12',
    }),
    afterSync: setting(command, {
      example: '{ command = ["notmuch", "new"], timeout = "5 min" }',
      help: 'Run after each sync, however it ended, also if you stop it',
    }),
    sent: setting(command, {
      example: '["sh", "-c", "notify-send Sent \\"$PB_MAIL\\""]',
      help: 'Run after a sync that learned that a mail server has taken mail of yours',
    }),
    sendFailed: setting(command, {
      example: '["sh", "-c", "notify-send \\"Not sent\\" \\"$PB_MAIL\\""]',
      help: 'Run after a sync that learned that mail of yours was refused, or given up after many tries',
    }),
    newMail: setting(command, {
      example: '["sh", "-c", "notify-send \\"$PB_NEW new messages\\""]',
      help: 'Run after a sync that brought new messages',
    }),
  },
})

type HookName = keyof typeof hookSettings.settings

/** What the commands behind a run are told. */
export interface RunNews extends RunCounts {
  readonly exit: number
  /** Mailboxes in which something came, went or changed, by name. */
  readonly mailboxes: Readonly<Record<string, MailboxUsage>>
  readonly up: number
  readonly down: number
}

/** Runs one, where there is one. Throws HOOK when it fails, INTERRUPTED. */
export async function runHook(
  context: CommandContext,
  { open, settings }: ClientSession,
  name: HookName,
  news?: RunNews,
  mail?: readonly OutboxRow[],
): Promise<void> {
  const hook = open.config.values(hookSettings)[name]
  if (!hook) return
  await runCommand(hook, {
    what: `The hook ${name}`,
    signal: context.signal,
    code: 'HOOK',
    mute: true,
    input: `${JSON.stringify({ hook: name, account: open.account ?? topAccount, maildir: settings.maildir, ...news, ...(mail && { mail }) })}\n`,
    // Not PACKETBOAT_...: those are settings, for a packetboat that a hook runs too.
    env: {
      ...context.env,
      PB_HOOK: name,
      PB_ACCOUNT: open.account ?? topAccount,
      PB_MAILDIR: settings.maildir,
      ...(news && variables(news)),
      ...(mail && { PB_MAIL: linesOf(mail) }),
    },
  })
}

/** Runs the commands that follow a run, once others may work on the account again: a hook may call packetboat itself. */
export function hooksAfter(
  context: CommandContext,
  session: ClientSession,
  news: RunNews,
  outbox: OutboxNews | undefined,
): void {
  const run = async (name: HookName, mail?: readonly OutboxRow[]): Promise<void> => {
    // A person who stops a run doesn't want to wait for hooks; but what dialled hangs up.
    const isStopped = context.signal.aborted
    if (isStopped && name !== 'afterSync') return
    const unstopped = isStopped ? { ...context, signal: new AbortController().signal } : context
    try {
      await runHook(unstopped, session, name, news, mail)
    } catch (error) {
      context.output.warning(`${(error as Error).message} The mail is here all the same.`)
    }
  }
  const { sent = [], failed = [] } = outbox ?? {}
  if (sent.length > 0) session.afterwards.push(() => run('sent', sent))
  if (failed.length > 0) session.afterwards.push(() => run('sendFailed', failed))
  if (news.listed > 0) session.afterwards.push(() => run('newMail'))
  session.afterwards.push(() => run('afterSync'))
}

function variables({ exit, mailboxes, listed, changed, uploaded }: RunNews): NodeJS.ProcessEnv {
  return {
    PB_EXIT: String(exit),
    PB_NEW: String(listed),
    PB_CHANGED: String(changed),
    PB_SENT: String(uploaded),
    // One a line. What a name may hold that a line may not stands as it is in the JSON.
    PB_MAILBOXES: Object.keys(mailboxes).map(onOneLine).join('\n'),
  }
}

const onOneLine = (text: string): string => text.replace(/\p{Cc}/gu, '?')

/** A variable holds no more than 128 KiB on Linux: the JSON has all. */
const mailNamed = 50
const textNamed = 200

/** A line for each mail: to whom, its subject, and what is wrong. */
function linesOf(mail: readonly OutboxRow[]): string {
  const short = (text: string): string => onOneLine(text).slice(0, textNamed)
  const lines = mail.slice(0, mailNamed).map(({ recipients, subject, state, reason }) => {
    const [first = '', ...others] = recipients
    const more = others.length > 0 ? ` and ${counted(others.length, 'other')}` : ''
    const why = state !== 'sent' && reason !== undefined ? ` (${short(reason)})` : ''
    return `${short(first)}${more}: ${short(subject)}${why}`
  })
  return lines.join('\n')
}
