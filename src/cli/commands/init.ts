import { readFileSync, rmSync } from 'node:fs'
import { PacketboatError } from '../../errors/packetboat-error.js'
import { whyUnreadable } from '../../errors/why-unreadable.js'
import { lacksChecksum, type Pairing, parsePairing } from '../../link/pairing.js'
import { updateReplicaRecord } from '../../replica/replica.js'
import { sameOnDisk, topAccount } from '../../settings/account-table.js'
import { printText } from '../../settings/kind.js'
import type { CommandContext } from '../command-context.js'
import { checkPairing } from '../session/check-pairing.js'
import { lockClient } from '../session/client-session.js'
import { openAccount } from '../session/open-account.js'
import { pairingIn } from '../session/saved-pairing.js'
import { type MailSurvey, surveyMail, surveyWords } from '../session/survey-mail.js'
import { changeSettings } from '../settings/change-settings.js'
import { realPath } from '../settings/client-accounts.js'
import { clientSettings, clientSettingsOf, isClient, usualMaildir } from '../settings/client-settings.js'
import { endpointSettings } from '../settings/endpoint-settings.js'
import { generalSettings } from '../settings/general-settings.js'
import { type OpenConfig, saidOnCommandLine } from '../settings/open-config.js'
import { readSecret } from '../settings/read-secret.js'

export interface InitOptions {
  readonly force?: boolean
  /** Whatever this pairing leads to: its mail and the mail here are to be one account's. */
  readonly merge?: boolean
  /** Forget what the database says and match the Maildir with the endpoint's mail by digest. */
  readonly again?: boolean
  /** False: don't ask the endpoint whether it knows the pairing. */
  readonly check?: boolean
}

/** `packetboat init [STRING|-|@FILE]`: asks the endpoint whether it knows the pairing, remembers it, and makes the Maildir. */
export async function init(
  context: CommandContext,
  source: string | undefined,
  options: InitOptions,
): Promise<void> {
  const { output, signal } = context
  const open = context.open('client', { mayBeNew: true })
  const { config, data } = open
  const endpoint = (await pairingText(context, source)).trim()
  if (endpoint === '')
    throw new PacketboatError(
      'USAGE',
      'There is no pairing string in what was given.',
      'packetboat device add ACCOUNT NAME prints one at the endpoint: give all of its line.',
    )
  const pairing = parsePairing(endpoint)
  if (isClient(config) && !options.force && !options.again)
    throw new PacketboatError(
      'CONFIG',
      `${open.path} already sets up ${open.account === undefined ? 'a client' : `the account "${open.account}"`}.`,
      'To add another account: packetboat init --account NAME. To give this one a new pairing string for the same endpoint: --force. To start over with its Maildir: --again.',
    )
  refusePaired(context, open, pairing)
  const before = isClient(config) ? clientSettingsOf(open) : undefined
  // One that was damaged in the settings must not keep a new one out.
  const former = before && pairingIn(await readSecret(before.endpoint, 'endpoint', signal))
  const [ours, theirs] = [former?.account ?? pairing.account, pairing.account ?? former?.account]
  if (before && ours !== theirs && !options.merge)
    throw new PacketboatError(
      'WRONG_ENDPOINT',
      `The mail in ${before.maildir} belongs to the account ${ours}, but this pairing string is for ${theirs}. Nothing was changed.`,
      'To add it as another account: packetboat init --account NAME. To merge the mail of both: --merge.',
    )
  if (lacksChecksum(endpoint))
    output.warning(
      'This pairing string has no checksum, as earlier versions printed it: compare its end with the line that packetboat device add printed.',
    )
  if (options.check !== false) await warnUnchecked(context, pairing)
  const maildir = config.values(clientSettings).maildir ?? usualMaildir(open.account, context.env)
  refuseTaken(open, maildir)
  const lock = await lockClient(open, { signal })
  let survey: MailSurvey
  try {
    if (options.again)
      for (const suffix of ['', '-wal', '-shm']) rmSync(data.path(`replica.db${suffix}`), { force: true })
    const account = await openAccount({
      database: data.path('replica.db'),
      mailStore: {
        kind: 'maildir',
        path: maildir,
        names: config.values(generalSettings).names,
        layout: config.values(generalSettings).layout,
        create: true,
      },
      hasUpstream: true,
    })
    const { db } = account.replica
    await db.transact((tx) =>
      updateReplicaRecord(tx, (record) => {
        if (record.upstream === undefined) return record
        const known = options.merge ? pairing : former
        return {
          ...record,
          ...(known && (options.merge || record.pairing === undefined) && { pairing: known.deviceId }),
        }
      }),
    )
    survey = await surveyMail(account.mailStore, signal)
    await account.close()
    // Spam isn't worth a dear line. A device that has some already keeps on having it.
    const isNew = !before && config.origin(clientSettings.settings.mailboxes).from === 'default'
    await changeSettings(context, 'client', [
      { key: ['endpoint'], toml: printText(endpoint) },
      { key: ['maildir'], toml: printText(maildir) },
      ...(isNew ? [{ key: ['mailboxes'], toml: withoutJunk }] : []),
      ...saidOnCommandLine(config).filter(({ key }) => key[0] !== 'maildir'),
    ])
  } finally {
    lock.release()
  }
  const [first = '', ...rest] = surveyWords(survey)
  // With another pairing string for the same account, it is the mail that was synced.
  const isKnown = before?.maildir === maildir && !options.again && !options.merge
  const found = survey.messages + survey.problems.length > 0
  output.result({ event: 'initialized', maildir, host: pairing.host, port: pairing.port, found: survey }, [
    `Mail will be kept in ${maildir}. packetboat sync fetches it.`,
    ...(found && !isKnown
      ? [`There is mail already: ${first}. It takes part, and goes up with the first sync.`, ...rest]
      : []),
  ])
}

/** Which mailboxes a new client syncs: all but those for spam. */
const withoutJunk = `["*", ${printText('!\\Junk')}]`

/** Two accounts in one Maildir, or an account beside the endpoint that serves it, would take each other's mail for their own. Throws CONFIG. */
function refuseTaken(open: OpenConfig, maildir: string): void {
  const { config, account = topAccount, owners, accounts } = open
  const served = Object.entries(config.values(endpointSettings).accounts).find(
    ([, store]) => 'maildir' in store && realPath(store.maildir) === realPath(maildir),
  )
  const owner = owners.get(realPath(maildir))
  const other = owner !== undefined && owner !== account ? `the account "${owner}"` : undefined
  const taken = other ?? (served && `the account "${served[0]}" of the endpoint on this machine`)
  if (taken !== undefined)
    throw new PacketboatError(
      'CONFIG',
      `${maildir} is the Maildir of ${taken}. Nothing was changed.`,
      'Choose another one with --maildir PATH: each account needs a Maildir of its own.',
    )
  const alike = [...accounts.keys()].find((name) => name !== account && sameOnDisk(name, account))
  if (alike !== undefined)
    throw new PacketboatError(
      'CONFIG',
      `There is an account "${alike}" already. Nothing was changed.`,
      'Choose a name that differs in more than capitals.',
    )
}

/** Two accounts that pose as one device would undo each other's changes. Throws CONFIG. */
function refusePaired(context: CommandContext, open: OpenConfig, { deviceId }: Pairing): void {
  const { account = topAccount, accounts } = open
  for (const name of accounts.keys()) {
    if (name === account) continue
    const { endpoint } = context.forAccount(name).load('client').config.values(clientSettings)
    // A command or a file may ask for something, or be away: such an endpoint is somebody's own doing.
    if (endpoint?.from !== 'text' || pairingIn(endpoint.text)?.deviceId !== deviceId) continue
    throw new PacketboatError(
      'CONFIG',
      `The account "${name}" uses this pairing string already. Nothing was changed.`,
      'Each account needs one of its own: packetboat device add ACCOUNT NAME at the endpoint prints it.',
    )
  }
}

/** An endpoint that can't be reached is reported and stops nothing: many people set up at home what they use at sea. Throws AUTH, WRONG_ENDPOINT. */
async function warnUnchecked({ output, signal }: CommandContext, pairing: Pairing): Promise<void> {
  const { unreachable } = await checkPairing(pairing, signal)
  if (unreachable !== undefined)
    output.warning(`The pairing was not checked: ${unreachable} The first sync will tell.`)
}

/**
 * The string itself, `-` for standard input, `@FILE` for a file: the last two keep the secret out of the
 * shell's history. From a keyboard it is read without being shown, since screens are looked at and recorded.
 */
async function pairingText(context: CommandContext, source: string | undefined): Promise<string> {
  if (source === undefined && !context.keyboard)
    throw new PacketboatError(
      'USAGE',
      'packetboat init needs a pairing string.',
      'packetboat device add ACCOUNT NAME prints one at the endpoint. Give - to read it from standard input, or @FILE.',
    )
  if (source === undefined || source === '-') {
    // What is typed is hidden before anybody is asked for it.
    const typed = context.stdin(undefined, true)
    if (context.keyboard)
      context.output.event(
        { event: 'question' },
        "Paste the pairing string (it isn't shown), then press Enter:",
      )
    return typed
  }
  if (!source.startsWith('@')) return source
  try {
    return readFileSync(source.slice(1), 'utf8')
  } catch (cause) {
    throw new PacketboatError(
      'USAGE',
      `${source.slice(1)} can't be read: ${whyUnreadable(cause)}.`,
      'Check the path.',
      { cause },
    )
  }
}
