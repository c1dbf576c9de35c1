import { existsSync } from 'node:fs'
import { linkNames, unnamedLink } from '../link/profile/link-profile.js'
import { listMailboxes } from '../replica/mailboxes.js'
import { listConflicts } from '../replica/merge/conflict-log.js'
import { isLive } from '../replica/messages.js'
import { pathText } from '../replica/model.js'
import type { MessageRecord } from '../replica/records.js'
import { tables } from '../replica/tables.js'
import type { Reader } from '../store/database.js'
import { shortName, waitingMessages } from '../told/waiting-parts.js'
import type { CommandContext } from './command-context.js'
import type { NameKind } from './completion.js'
import { rowsOf } from './outbox/all-rows.js'
import { openDevices } from './serving/endpoint-files.js'
import { type ClientSession, openClient } from './session/client-session.js'
import { dataDirAt } from './settings/data-dir.js'
import { endpointSettings } from './settings/endpoint-settings.js'
import { policyNow } from './sync-run/chosen-policy.js'

/** The names that a shell offers, from what is on this machine: nothing is dialled, made or locked. */
export async function namesFor(context: CommandContext, kind: NameKind): Promise<string[]> {
  switch (kind) {
    case 'mailboxes':
      return besideOthers(context, async ({ account }) =>
        (await listMailboxes(account.replica.db)).map(({ path }) => pathText(path)),
      )
    case 'waiting':
      return besideOthers(context, async (session) => {
        const names: string[] = []
        const policy = await policyNow(session, unnamedLink)
        for await (const { name, parts } of waitingMessages(session.account.replica.db, policy))
          names.push(name, ...parts.map((part) => part.name))
        return names
      })
    case 'messages':
      return besideOthers(context, ({ account }) => newestNames(account.replica.db))
    case 'outbox':
      return besideOthers(context, async (session) =>
        (await rowsOf(session, () => undefined)).map(({ name }) => name),
      )
    case 'expunged':
      return besideOthers(context, async ({ account }) => {
        const kept = await account.mailStore.aside.list()
        return kept.length > 0 ? ['all', ...kept.map(({ name }) => name)] : []
      })
    case 'conflicts':
      return besideOthers(context, async ({ account }) =>
        (await listConflicts(account.replica.db)).flatMap(({ number, settled }) =>
          settled === undefined ? [String(number)] : [],
        ),
      )
    case 'links':
      return linkNames(context.load('client').config)
    case 'accounts': {
      const own = [...context.load('client').accounts.keys()]
      return own.length > 0 ? own : servedAccounts(context)
    }
    case 'served':
      return servedAccounts(context)
    case 'devices': {
      const data = dataDirAt(context.load('endpoint').dataRoot)
      if (!existsSync(data.path('devices.db'))) return []
      const { registry, close } = await openDevices(data, { orToLook: true })
      const devices = await registry.listDevices().finally(close)
      return [...new Set(devices.map(({ name }) => name))]
    }
  }
}

const servedAccounts = (context: CommandContext): string[] =>
  Object.keys(context.load('endpoint').config.values(endpointSettings).accounts)

/** More than anybody looks at; a name of an older message is pasted whole. */
const mostMessages = 200

async function newestNames(reader: Reader): Promise<string[]> {
  const live: Pick<MessageRecord, 'guid' | 'internalDateMs'>[] = []
  for await (const { value } of tables.message.list(reader))
    if (isLive(value)) live.push({ guid: value.guid, internalDateMs: value.internalDateMs })
  return live
    .sort((a, b) => b.internalDateMs - a.internalDateMs)
    .slice(0, mostMessages)
    .map(shortName)
}

/** Adds names of the other accounts that can be looked at: people rarely name an account before they press Tab. */
async function besideOthers(
  context: CommandContext,
  look: (session: ClientSession) => Promise<string[]>,
): Promise<string[]> {
  const names = new Set<string>()
  // Opening makes a data directory: of an account that nobody has set up, there is none to open.
  for (const account of context.load('client').accounts.keys()) {
    const found = await lookIn(context.forAccount(account), look).catch((): string[] => [])
    for (const name of found) names.add(name)
  }
  return [...names]
}

async function lookIn(
  context: CommandContext,
  look: (session: ClientSession) => Promise<string[]>,
): Promise<string[]> {
  const session = await openClient(context, { beside: true })
  try {
    return await look(session)
  } finally {
    await session.close()
  }
}
