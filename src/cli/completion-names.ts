import { existsSync } from 'node:fs'
import { linkNames, unnamedLink } from '../link/profile/link-profile.js'
import { listMailboxes } from '../replica/mailboxes.js'
import { pathText } from '../replica/model.js'
import type { CommandContext } from './command-context.js'
import type { NameKind } from './completion.js'
import { openDevices } from './serving/endpoint-files.js'
import { type ClientSession, openClient } from './session/client-session.js'
import { dataDirAt } from './settings/data-dir.js'
import { endpointSettings } from './settings/endpoint-settings.js'
import { policyNow } from './sync-run/chosen-policy.js'
import { waitingMessages } from './waiting/waiting-parts.js'

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
    case 'links':
      return linkNames(context.load('client').config)
    case 'accounts':
      return [...context.load('client').accounts.keys()]
    case 'served':
      return Object.keys(context.load('endpoint').config.values(endpointSettings).accounts)
    case 'devices': {
      const data = dataDirAt(context.load('endpoint').dataRoot)
      if (!existsSync(data.path('devices.db'))) return []
      const { registry, close } = await openDevices(data, { orToLook: true })
      const devices = await registry.listDevices().finally(close)
      return [...new Set(devices.map(({ name }) => name))]
    }
  }
}

async function besideOthers(
  context: CommandContext,
  look: (session: ClientSession) => Promise<string[]>,
): Promise<string[]> {
  // Opening makes a data directory.
  if (context.load('client').accounts.size === 0) return []
  const session = await openClient(context, { beside: true })
  try {
    return await look(session)
  } finally {
    await session.close()
  }
}
