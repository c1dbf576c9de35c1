import { PacketboatError } from '../../../errors/packetboat-error.js'
import type { CommandContext } from '../../command-context.js'
import { endpointSettingsOf } from '../../settings/endpoint-settings.js'
import { removeSetting } from '../../settings/open-config.js'
import { tableLines } from '../../text/table.js'
import { readListening } from './serve.js'

/** `packetboat account list`: the accounts of the settings, and where the mail of each is. */
export async function listAccounts(context: CommandContext): Promise<void> {
  const { accounts } = endpointSettingsOf(context.open('endpoint'))
  const all = Object.entries(accounts).map(([name, store]) => ({
    name,
    store: 'maildir' in store ? `maildir:${store.maildir}` : `imap:${store.user}@${store.host}`,
  }))
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
    all.length > 0 ? lines : ['There is no account yet: packetboat serve --account NAME=maildir:PATH'],
  )
}

/** `packetboat account remove NAME`: takes it out of the settings. Its mail and its database stay where they are. */
export async function removeAccount(context: CommandContext, name: string): Promise<void> {
  const open = context.open('endpoint')
  const { accounts } = endpointSettingsOf(open)
  if (!Object.hasOwn(accounts, name))
    throw new PacketboatError(
      'NOT_FOUND',
      `There is no account "${name}" in ${open.path}.`,
      'packetboat account list shows them.',
    )
  removeSetting(open, ['accounts', name])
  const running = readListening(open.data)
  context.output.result({ event: 'removed', account: name }, [
    `${name} is no longer served after the next start. Its mail stays; its devices are refused.`,
  ])
  if (running?.accounts.includes(name))
    context.output.warning(
      `The running endpoint still serves it. To make it read the settings again: kill -HUP ${running.pid}`,
    )
}
