import type { Registry } from './registry.js'
import type { KeyPath, TomlDocument } from './toml-document.js'

/** The table that has a table for each of several accounts: `[account.NAME]`. */
export const accountTable = 'account'

/** The account that the top of the file describes, beside those that have tables. */
export const topAccount = 'default'

type Tree = Readonly<Record<string, unknown>>

/** What the name of an account may be: a folder is called by it. */
export const accountNameWords = 'of letters, digits, ".", "_" and "-", beginning with a letter or a digit'

export function isAccountName(name: string): boolean {
  return /^[\p{L}\p{N}][\p{L}\p{N}._-]{0,63}$/u.test(name)
}

/** Whether two names are one folder, where capitals make no difference. */
export function sameOnDisk(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}

/** The names of `[account.NAME]` in the order of the file. */
export function accountNames(document: TomlDocument | undefined): string[] {
  const accounts = document?.root[accountTable]
  return isTable(accounts) ? Object.keys(accounts).filter((name) => isTable(accounts[name])) : []
}

/**
 * The file as one account reads it: what `[account.NAME]` sets replaces what the top of the file sets, table
 * by table and setting by setting, except for settings that every account must have of its own. Without a
 * name, the top of the file alone.
 */
export function documentOfAccount(
  registry: Registry,
  document: TomlDocument,
  name: string | undefined,
): TomlDocument {
  const { [accountTable]: accounts, ...top } = document.root
  if (name === undefined || name === topAccount) return { ...document, root: withoutPrototype(top) }
  const own = ownTable(accounts, name)
  const settings = registry.table('')?.settings
  const shared = Object.entries(top).filter(([key]) => !settings?.get(key)?.setting.ofOneAccount)
  const root = merged(Object.fromEntries(shared), own)
  const lineOf = (key: KeyPath): number | undefined =>
    holds(own, key) ? document.lineOf([accountTable, name, ...key]) : document.lineOf(key)
  return { ...document, root, lineOf }
}

/** What is wrong with the tables of accounts as such: the key of each, and what it should be. */
export function wrongAccounts(
  registry: Registry,
  document: TomlDocument,
): { readonly key: KeyPath; readonly should: string }[] {
  const accounts = document.root[accountTable]
  if (accounts === undefined) return []
  const beTable = `be a table, as [${accountTable}.NAME] is`
  if (!isTable(accounts)) return [{ key: [accountTable], should: beTable }]
  return Object.entries(accounts).flatMap(([name, own]) => {
    const key = [accountTable, name]
    if (!isTable(own)) return [{ key, should: beTable }]
    if (name === topAccount)
      return [{ key, should: 'have another name: "default" is the account at the top of the file' }]
    if (!isAccountName(name)) return [{ key, should: `have a name ${accountNameWords}` }]
    if (Object.keys(accounts).some((other) => other < name && sameOnDisk(other, name)))
      return [{ key, should: 'have a name that differs from the others in more than capitals' }]
    return Object.keys(own)
      .filter((setting) => isOfWholeFile(registry, setting))
      .map((setting) => ({ key: [...key, setting], should: 'stand outside of the tables of accounts' }))
  })
}

/** Whether a setting or a table is an endpoint's, counts for all accounts, or has tables of accounts itself. */
function isOfWholeFile(registry: Registry, key: string): boolean {
  const known = registry.table('')?.settings.get(key)
  const sections = registry.table(key)?.sections ?? (known ? [known.section] : [])
  const isEndpoints = sections.length > 0 && sections.every(({ side }) => side === 'endpoint')
  return key === accountTable || isEndpoints || known?.setting.ofAllAccounts === true
}

function ownTable(accounts: unknown, name: string): Tree {
  const found = isTable(accounts) && Object.hasOwn(accounts, name) ? accounts[name] : undefined
  return isTable(found) ? found : {}
}

function merged(under: Tree, over: Tree): Tree {
  const result = withoutPrototype(under)
  for (const [key, value] of Object.entries(over)) {
    const below = result[key]
    result[key] = isTable(below) && isTable(value) ? merged(below, value) : value
  }
  return result
}

function withoutPrototype(tree: Tree): Record<string, unknown> {
  return Object.assign(Object.create(null) as Record<string, unknown>, tree)
}

/** Whether the table, and not one around it, has this key. */
function holds(tree: Tree, key: KeyPath): boolean {
  const [first, ...rest] = key
  if (first === undefined || !Object.hasOwn(tree, first)) return false
  const value = tree[first]
  return rest.length === 0 || !isTable(value) || holds(value, rest)
}

function isTable(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
}
