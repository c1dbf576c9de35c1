import { type Guid, pathText } from '../../replica/model.js'
import type { MailboxFileRecord } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import type { Reader } from '../../store/database.js'

/** The mailboxes of the mail store as they were when it was last looked at. */
export async function mailboxFiles(reader: Reader): Promise<Map<Guid, MailboxFileRecord>> {
  const files = new Map<Guid, MailboxFileRecord>()
  for await (const { key, value } of tables.mailboxFile.list(reader)) files.set(key[0], value)
  return files
}

/** By what mailboxes of the mail store are known again. */
export function namesOf(files: ReadonlyMap<Guid, MailboxFileRecord>): {
  readonly byIdentity: Map<string, Guid>
  readonly byPath: Map<string, Guid>
} {
  const [byIdentity, byPath] = [new Map<string, Guid>(), new Map<string, Guid>()]
  for (const [guid, { identity, path }] of files) {
    byIdentity.set(identity, guid)
    byPath.set(pathText(path), guid)
  }
  return { byIdentity, byPath }
}
