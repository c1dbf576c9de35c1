import { PacketboatError } from '../../errors/packetboat-error.js'
import { submitting } from '../../submit/submitting.js'
import { refuseRootOver } from '../session/not-as-root.js'
import { allSettings } from '../settings/all-settings.js'
import { isClient } from '../settings/client-settings.js'
import { loadConfig, openConfig } from '../settings/open-config.js'
import { createOutput, type Streams } from '../text/output.js'
import { parseArguments, type SendmailCall } from './arguments.js'
import { chooseAccount, outboxFolder } from './choose-account.js'
import { queueMail, receiveMail } from './queue-mail.js'
import { sysexitOf } from './sysexits.js'

/** What `sendmail` gets from the process around it. */
export interface SendmailShell {
  readonly streams: Streams
  readonly env: NodeJS.ProcessEnv
  /** The message. From a program it is read to its end, whatever becomes of it. */
  readonly input: AsyncIterator<Uint8Array>
  /** Whether a person types the mail. */
  readonly isTyped: boolean
  readonly now: () => number
  /** Runs one of packetboat's other commands instead, and gives its exit code. */
  readonly run: (args: readonly string[]) => Promise<number>
}

/**
 * `packetboat sendmail`: writes one file to the spool and ends, without opening a database or waiting for
 * anybody. Gives a code of sysexits.h.
 * @param calledAs the name by which the program was called: sendmail, mailq or newaliases
 */
export async function sendmail(
  args: readonly string[],
  shell: SendmailShell,
  calledAs?: string,
): Promise<number> {
  let output = createOutput(shell.streams, args.includes('--json'))
  try {
    const call = parseArguments(args, calledAs)
    output = createOutput(shell.streams, call.json)
    if (call.mode === 'aliases') return 0
    if (call.mode === 'help') return await shell.run(['sendmail', '--help'])
    if (call.mode === 'list') return await shell.run(['outbox', ...placeOf(call)])
    const name = await queue(call, shell)
    output.event({ event: 'queued', name }, call.verbose ? `Queued as ${name}.` : undefined)
    return 0
  } catch (error) {
    // A program that writes into a closed pipe is killed before it can show why.
    if (!shell.isTyped) await readToEnd(shell.input)
    output.error(error)
    return sysexitOf(error)
  }
}

async function queue(call: SendmailCall, { env, input, now }: SendmailShell): Promise<string> {
  if (env[submitting])
    throw new PacketboatError(
      'CONFIG',
      'The sendmail program of an endpoint is packetboat itself, which would only queue the mail again.',
      'Name another program as command in the [accounts.NAME.submit] settings of the endpoint, or a mail server.',
    )
  const where = { registry: allSettings(), file: call.config, data: call.data, flags: {}, env }
  const loaded = loadConfig('client', { ...where, account: call.account })
  if (loaded.accounts.size === 0)
    throw new PacketboatError(
      'CONFIG',
      `No client is set up in ${loaded.path}, so no mail can be sent from here.`,
      'Run packetboat init or packetboat setup as the user who sends, or name the settings with --config FILE.',
    )
  const mail = await receiveMail({ [Symbol.asyncIterator]: () => input })
  const { sender } = mail.header
  const addresses = [...(sender ? [sender.address] : []), ...(call.from ? [call.from] : [])]
  const account = call.account ?? (await chooseAccount(loaded, addresses))
  const root = account === undefined ? undefined : loaded.accounts.get(account)
  // What root writes there, its owner's syncs can't read.
  if (root !== undefined) refuseRootOver(root)
  const { config, data } = openConfig('client', { ...where, account })
  if (!isClient(config))
    throw new PacketboatError(
      'CONFIG',
      `The account ${account} is not set up.`,
      'Run packetboat init for it.',
    )
  return queueMail({ call, mail, config, outbox: data.path(outboxFolder), now })
}

function placeOf({ config, data, account, json }: SendmailCall): string[] {
  return [
    ...(config === undefined ? [] : ['--config', config]),
    ...(data === undefined ? [] : ['--data', data]),
    ...(account === undefined ? [] : ['--account', account]),
    ...(json ? ['--json'] : []),
  ]
}

/** Reads the rest of the input, after its writer was told what is wrong. */
async function readToEnd(input: AsyncIterator<Uint8Array>): Promise<void> {
  try {
    while (!(await input.next()).done);
  } catch {}
}
