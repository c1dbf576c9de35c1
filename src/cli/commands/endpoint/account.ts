import { statSync } from 'node:fs'
import { PacketboatError } from '../../../errors/packetboat-error.js'
import { formatBytes } from '../../../told/sizes.js'
import type { CommandContext } from '../../command-context.js'
import { openDevices, readListening } from '../../serving/endpoint-files.js'
import { heededSoon } from '../../serving/read-again.js'
import { tryMailStore } from '../../session/mail-store-place.js'
import type { ImapLogin } from '../../settings/accounts/imap-table.js'
import { withSettingsLocked } from '../../settings/change-settings.js'
import {
  type EndpointSettings,
  endpointSettingsOf,
  mailWords,
  newAccount,
  placeOf,
} from '../../settings/endpoint-settings.js'
import {
  type OpenConfig,
  placeOnCommandLine,
  removeSetting,
  writeSettings,
} from '../../settings/open-config.js'
import { tableLines } from '../../text/table.js'
import { deviceStateWords } from './device-lines.js'

/** `packetboat account list`: the accounts of the settings, and where the mail of each is. */
export async function listAccounts(context: CommandContext): Promise<void> {
  const { accounts } = endpointSettingsOf(context.open('endpoint'))
  const all = Object.entries(accounts).map(([name, store]) => ({ name, store: mailWords(store) }))
  const columns = [
    { title: 'account', align: 'left' },
    { title: 'mail', align: 'left' },
  ] as const
  const lines = tableLines(
    columns,
    all.map(({ name, store }) => [name, store]),
    context.output.columns,
  )
  context.output.result(
    { event: 'accounts', accounts: all },
    all.length > 0 ? lines : ['There is no account yet: packetboat account add NAME maildir:PATH'],
  )
}

/**
 * `packetboat account add NAME MAIL`: tries the mail store and writes the account into the settings. Writes
 * nothing if its mail can't be reached.
 */
export async function addAccount(
  context: CommandContext,
  name: string,
  mail: string,
  { passwordFile, passwordCommand, tokenCommand, tls }: ImapLogin,
): Promise<void> {
  const login = {
    ...(passwordFile !== undefined && { passwordFile }),
    ...(passwordCommand !== undefined && { passwordCommand }),
    ...(tokenCommand !== undefined && { tokenCommand }),
    ...(tls !== undefined && { tls }),
  }
  const { store, toml } = newAccount(name, mail, placeOnCommandLine(context.env), login)
  const { data, settings: given } = settingsToChange(context)
  refuseTaken(given, name)
  await tryMailStore(placeOf(store, given), data.path('accounts', name), context.signal)
  await withSettingsLocked(context, 'endpoint', () => {
    // What another command has written meanwhile stays.
    const { open, settings } = settingsToChange(context)
    refuseTaken(settings, name)
    writeSettings(open, [{ key: ['accounts', name], toml }])
  })
  context.output.result({ event: 'added', account: name, store: mailWords(store) }, [
    `${name} is an account of this endpoint now. ${
      readListening(data) ? heededSoon : 'packetboat serve answers its devices.'
    } Pair a device: packetboat device add ${name} NAME`,
  ])
}

function settingsToChange(context: CommandContext) {
  const open: OpenConfig = context.open('endpoint', { mayBeNew: true })
  return { open, data: open.data, settings: endpointSettingsOf(open) }
}

function refuseTaken({ accounts }: EndpointSettings, name: string): void {
  const other = Object.keys(accounts).find((each) => each.toLowerCase() === name.toLowerCase())
  if (other !== undefined)
    throw new PacketboatError(
      'USAGE',
      `There is already an account "${other}".`,
      'Choose another name, or remove that one first: packetboat account remove NAME.',
    )
}

/** `packetboat account show NAME`: where its mail and its database are, and its devices. */
export async function showAccount(context: CommandContext, name: string): Promise<void> {
  const { open, store } = accountNamed(context, name)
  const database = open.data.path('accounts', name, 'replica.db')
  const bytes = ['', '-wal'].reduce((sum, end) => sum + sizeOf(`${database}${end}`), 0)
  const running = readListening(open.data)
  const served = running?.accounts.includes(name) ?? false
  const registry = await openDevices(open.data)
  const devices = await registry.registry.listDevices(name).finally(() => registry.close())
  context.output.result(
    { event: 'account', account: name, store: mailWords(store), database, bytes, served, devices },
    [
      `account   ${name}`,
      `mail      ${mailWords(store)}`,
      `database  ${database}, ${bytes > 0 ? formatBytes(bytes) : 'not made yet'}`,
      `served    ${served ? `by process ${running?.pid}, at ${running?.address}` : 'not now'}`,
      ...(devices.length === 0 ? [`devices   none: packetboat device add ${name} NAME`] : []),
      ...devices.map(
        (device, index) =>
          `${index === 0 ? 'devices' : '       '}   ${device.name}, ${deviceStateWords(device)}`,
      ),
    ],
  )
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

/** Throws NOT_FOUND. */
function accountNamed(context: CommandContext, name: string) {
  const open = context.open('endpoint')
  const { accounts } = endpointSettingsOf(open)
  const store = Object.hasOwn(accounts, name) ? accounts[name] : undefined
  if (!store)
    throw new PacketboatError(
      'NOT_FOUND',
      `There is no account "${name}" in ${open.path}.`,
      'packetboat account list shows them.',
    )
  return { open, store }
}

/** `packetboat account remove NAME`: takes it out of the settings. Its mail and its database stay where they are. */
export async function removeAccount(context: CommandContext, name: string): Promise<void> {
  const { data } = accountNamed(context, name).open
  await withSettingsLocked(context, 'endpoint', () =>
    removeSetting(accountNamed(context, name).open, ['accounts', name]),
  )
  context.output.result({ event: 'removed', account: name }, [
    `${name} is no account of this endpoint any more: its devices are refused, and its mail stays.${
      readListening(data) ? ` ${heededSoon} What syncs now goes on to its end.` : ''
    }`,
  ])
}
