import { listMailboxes } from '../../src/replica/mailboxes.js'
import { liveMessages } from '../../src/replica/messages.js'
import type { Side } from '../sync/side.js'
import { serialOf } from './fates.js'

/**
 * Every UID that anybody was ever shown, and what it stood for. On one side it stands for that for ever. Two sides that are apart may
 * give one UID to two messages; when they have met, neither side shows either of them under it.
 */
export class UidHistory {
  private readonly onSide = new Map<string, string>()
  private readonly anywhere = new Map<string, Set<string>>()

  /** Remembers what a side's mail server shows now. */
  look(side: Side, fail: (what: string) => void): void {
    for (const { key, uid, serial, name, uidNext } of shown(side)) {
      if (uid >= uidNext) fail(`${side.name}: UID ${uid} in ${name} is above UIDNEXT`)
      const before = this.onSide.get(`${side.name} ${key}`)
      if (before !== undefined && before !== serial)
        fail(`${side.name}: UID ${uid} in ${name} was ${before} and is ${serial}`)
      this.onSide.set(`${side.name} ${key}`, serial)
      this.anywhere.set(key, (this.anywhere.get(key) ?? new Set()).add(serial))
    }
  }

  /** After quiet: every message has the same UID everywhere, in the records and where mail servers show it. */
  async compare(sides: readonly Side[], fail: (what: string) => void): Promise<void> {
    for (const side of sides)
      for (const { key, uid, name } of shown(side)) {
        const meanings = [...(this.anywhere.get(key) ?? [])]
        if (meanings.length > 1)
          fail(`${side.name} shows UID ${uid} in ${name}, which was ${meanings.join(' and ')} somewhere`)
      }
    const uids = new Map<string, number>()
    for (const side of sides) {
      const { db } = side.account.replica
      for (const mailbox of await listMailboxes(db))
        for await (const message of liveMessages(db, mailbox.guid)) {
          const key = `${mailbox.guid} ${message.guid}`
          const known = uids.get(key)
          if (message.uid === 0) fail(`${side.name}: message ${message.guid} has no UID`)
          if (known !== undefined && known !== message.uid)
            fail(`${side.name}: message ${message.guid} has UID ${message.uid} and elsewhere ${known}`)
          uids.set(key, message.uid)
        }
    }
  }
}

interface Shown {
  /** The mailbox and its UIDVALIDITY, and the UID. */
  readonly key: string
  readonly name: string
  readonly uid: number
  readonly uidNext: number
  readonly serial: string
}

function* shown(side: Side): Generator<Shown> {
  for (const [name, messages] of side.mail.snapshot()) {
    const numbering = side.mail.numberingOf(name.split('/'))
    if (!numbering) continue
    const { uidValidity, uidNext } = numbering
    for (const { uid, bytes } of messages)
      if (uid !== undefined)
        yield { key: `${uidValidity} ${uid}`, name, uid, uidNext, serial: serialOf(bytes) }
  }
}
