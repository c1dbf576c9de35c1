import type { MailboxPath } from '../../replica/model.js'
import type { Account } from '../account.js'
import { isConcurrentChange, isOfOneItem } from '../error-scope.js'
import type { StoreMessage } from '../mail-store.js'
import { type IdentifiedFile, type IdentifyOptions, identifyFile } from './identify-file.js'

export interface Identified {
  readonly message: StoreMessage
  readonly file: IdentifiedFile
}

/** What a batch of files turned out to be, and what can't be read now. */
export interface IdentifiedBatch {
  readonly identified: readonly Identified[]
  readonly failed: readonly { readonly message: StoreMessage; readonly error: unknown }[]
}

/** Big messages of one size that came together may be one content: only when they are read can that be told. */
export async function identifyFiles(
  account: Account,
  path: MailboxPath,
  messages: readonly StoreMessage[],
  options: IdentifyOptions,
): Promise<IdentifiedBatch> {
  const first = await readFiles(account, path, messages, options)
  const sizes = first.identified.flatMap(({ file }) => (file.kind === 'message' ? [file.skeleton.size] : []))
  const isTwin = ({ file }: Identified): boolean =>
    file.kind === 'message' &&
    file.digest === undefined &&
    file.known === undefined &&
    sizes.filter((size) => size === file.skeleton.size).length > 1
  const twins = first.identified.filter(isTwin).map(({ message }) => message)
  if (twins.length === 0) return first
  const read = await readFiles(account, path, twins, { ...options, whole: true })
  const identified = first.identified.flatMap((each) =>
    isTwin(each) ? read.identified.filter(({ message }) => message === each.message) : [each],
  )
  return { identified, failed: [...first.failed, ...read.failed] }
}

/** Reads some messages side by side: a store that isn't on this machine gives many in one answer. */
async function readFiles(
  account: Account,
  path: MailboxPath,
  messages: readonly StoreMessage[],
  options: IdentifyOptions,
): Promise<IdentifiedBatch> {
  const read = await Promise.allSettled(
    messages.map((message) => identifyFile(account, path, message, options)),
  )
  const identified: Identified[] = []
  const failed: { message: StoreMessage; error: unknown }[] = []
  for (const [at, message] of messages.entries()) {
    const one = read[at]
    if (one?.status === 'fulfilled') identified.push({ message, file: one.value })
    else if (isConcurrentChange(one?.reason)) continue
    else if (options.signal?.aborted || !isOfOneItem(one?.reason)) throw one?.reason
    else failed.push({ message, error: one?.reason })
  }
  return { identified, failed }
}
