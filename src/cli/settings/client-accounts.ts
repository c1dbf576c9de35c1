import { realpathSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { topAccount } from '../../settings/account-table.js'
import type { Config, Problem } from '../../settings/config.js'
import { clientSettings, isClient } from './client-settings.js'
import { generalSettings } from './general-settings.js'

/** The accounts of this machine, as a file describes them. */
export interface ClientAccounts {
  /** Their data directories by name: the account at the top of the file, where it is set up, and those with tables. */
  readonly roots: ReadonlyMap<string, string>
  /** Which account's mail is in a Maildir, by its real path. */
  readonly owners: ReadonlyMap<string, string>
  /** What is wrong between them. */
  readonly problems: readonly Problem[]
}

/** Where an account with its own table keeps its state, below the machine's data directory. */
export function rootOfAccount(topRoot: string, name: string, config: Config): string {
  return config.values(generalSettings).data ?? join(topRoot, 'clients', name)
}

/** @param settingsOf the settings of an account that has a table. */
export function clientAccounts(
  path: string,
  top: { readonly config: Config; readonly root: string },
  settingsOf: (name: string) => Config,
): ClientAccounts {
  const all = [
    ...(isClient(top.config) ? [{ name: topAccount, ...top }] : []),
    ...top.config.accounts.map((name) => {
      const config = settingsOf(name)
      return { name, config, root: rootOfAccount(top.root, name, config) }
    }),
  ]
  const problems: Problem[] = []
  const owners = new Map<string, string>()
  for (const { name, config } of all) {
    const { maildir } = config.values(clientSettings)
    if (maildir === undefined) continue
    const other = owners.get(realPath(maildir))
    if (other !== undefined) problems.push(sameMaildir(path, maildir, [other, name]))
    owners.set(realPath(maildir), name)
  }
  return { roots: new Map(all.map(({ name, root }) => [name, root])), owners, problems }
}

/** Resolves the links on the way to a path that may not exist yet. */
export function realPath(path: string): string {
  const absolute = resolve(path)
  try {
    return realpathSync(absolute)
  } catch {
    const folder = dirname(absolute)
    return folder === absolute ? absolute : join(realPath(folder), basename(absolute))
  }
}

/** Each of two accounts in one Maildir would send the other's mail up as its own. */
function sameMaildir(path: string, maildir: string, names: readonly string[]): Problem {
  return {
    code: 'CONFIG',
    message: `${path}: the accounts ${names.join(' and ')} have the same Maildir, ${maildir}.`,
    next: 'Give each account a Maildir of its own.',
  }
}
