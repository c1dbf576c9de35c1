import { topAccount } from '../../settings/account-table.js'
import { command } from '../../settings/kind.js'
import { section, setting } from '../../settings/section.js'
import type { CommandContext } from '../command-context.js'
import type { ClientSession } from '../session/client-session.js'
import { runCommand } from '../settings/run-command.js'
import type { MailboxUsage } from '../usage/usage-entry.js'
import type { RunCounts } from './run-tally.js'

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
      help: 'Run after each sync, however it ended',
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
  /** Those in which something came, went or changed, by name. */
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
): Promise<void> {
  const hook = open.config.values(hookSettings)[name]
  if (!hook) return
  await runCommand(hook, {
    what: `The hook ${name}`,
    signal: context.signal,
    code: 'HOOK',
    mute: true,
    input: `${JSON.stringify({ hook: name, account: open.account ?? topAccount, maildir: settings.maildir, ...news })}\n`,
    // Not PACKETBOAT_...: those are settings, for a packetboat that a hook runs too.
    env: {
      ...context.env,
      PB_HOOK: name,
      PB_ACCOUNT: open.account ?? topAccount,
      PB_MAILDIR: settings.maildir,
      ...(news && variables(news)),
    },
  })
}

/** Has the commands behind a run done, once others may work on the account again: one may be a packetboat itself. */
export function hooksAfter(context: CommandContext, session: ClientSession, news: RunNews): void {
  const run = async (name: HookName): Promise<void> => {
    // Whoever stops a run doesn't want to wait for more.
    if (context.signal.aborted) return
    try {
      await runHook(context, session, name, news)
    } catch (error) {
      context.output.warning(`${(error as Error).message} The mail is here all the same.`)
    }
  }
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
    PB_MAILBOXES: Object.keys(mailboxes)
      .map((name) => name.replace(/\p{Cc}/gu, '?'))
      .join('\n'),
  }
}
