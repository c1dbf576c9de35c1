import { hasCode } from '../errors/packetboat-error.js'
import type { MailboxPath } from '../replica/model.js'
import type { Account } from './account.js'
import { type IdentifiedFile, type IdentifyOptions, identifyFile } from './identify-file.js'
import type { StoreMessage } from './mail-store.js'

export interface Identified {
  readonly message: StoreMessage
  readonly file: IdentifiedFile
}

/** Big messages of one size that came together may be one content: only when they are read can that be told. */
export async function identifyFiles(
  account: Account,
  path: MailboxPath,
  messages: readonly StoreMessage[],
  options: IdentifyOptions,
): Promise<Identified[]> {
  const found = await readFiles(account, path, messages, options)
  const sizes = found.flatMap(({ file }) => (file.kind === 'message' ? [file.skeleton.size] : []))
  const isTwin = ({ file }: Identified): boolean =>
    file.kind === 'message' &&
    file.digest === undefined &&
    file.known === undefined &&
    sizes.filter((size) => size === file.skeleton.size).length > 1
  const twins = found.filter(isTwin).map(({ message }) => message)
  if (twins.length === 0) return found
  const read = await readFiles(account, path, twins, { ...options, whole: true })
  return found.flatMap((each) =>
    isTwin(each) ? read.filter(({ message }) => message === each.message) : [each],
  )
}

/** Reads some messages side by side: a store that isn't on this machine gives many in one answer. */
async function readFiles(
  account: Account,
  path: MailboxPath,
  messages: readonly StoreMessage[],
  options: IdentifyOptions,
): Promise<Identified[]> {
  const read = await Promise.allSettled(
    messages.map(async (message) => ({ message, file: await identifyFile(account, path, message, options) })),
  )
  const found: Identified[] = []
  for (const one of read)
    if (one.status === 'fulfilled') found.push(one.value)
    else if (!hasCode(one.reason, 'MESSAGE_GONE') && !hasCode(one.reason, 'MAILBOX_MISSING')) throw one.reason
  return found
}
