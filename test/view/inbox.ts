import assert from 'node:assert/strict'
import { mailboxAt } from '../../src/replica/mailboxes.js'
import type { MailboxRecord } from '../../src/replica/records.js'
import type { Side } from '../world/side.js'

export async function inboxOf({ account }: Side): Promise<MailboxRecord> {
  const inbox = await mailboxAt(account.replica.db, ['INBOX'])
  assert.ok(inbox)
  return inbox
}
