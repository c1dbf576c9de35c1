import { listMailboxes } from '../../src/replica/mailboxes.js'
import { liveMessages } from '../../src/replica/messages.js'
import { tables } from '../../src/replica/tables.js'
import type { Side } from '../world/side.js'
import { serialOf } from './fates.js'

/**
 * Every UID that anybody was ever shown, and what it stood for. On one side it stands for that for ever. Two sides that are apart may
 * give one UID to two messages; when they have met, neither side shows either of them under it.
 */
export class UidHistory {
  /** By side, then by mailbox and UID. */
  private readonly meanings = new Map<string, Map<string, string>>()

  /** Remembers what a side's mail server shows now. */
  look(side: Side, fail: (what: string) => void): void {
    const known = this.meanings.get(side.name) ?? new Map<string, string>()
    this.meanings.set(side.name, known)
    for (const { key, uid, serial, name, uidNext } of shown(side)) {
      if (uid >= uidNext) fail(`${side.name}: UID ${uid} in ${name} is above UIDNEXT`)
      const before = known.get(key)
      if (before !== undefined && before !== serial)
        fail(`${side.name}: UID ${uid} in ${name} was ${before} and is ${serial}`)
      known.set(key, serial)
    }
  }

  /** Nothing is left, on any disk, that could know what the side has shown. */
  forget(side: Side): void {
    this.meanings.delete(side.name)
  }

  /** Mailboxes are gone from the side's mail server: of UIDs in them that no scan has come across nobody can know. */
  async forgetUnscanned(side: Side): Promise<void> {
    const scanned = new Map<string, number>()
    const { db } = side.account.replica
    for await (const { value } of tables.mailboxFile.list(db))
      if (value.numbering) scanned.set(String(value.numbering.uidValidity), value.numbering.uidNext)
    this.forgetGone(side, scanned)
  }

  /** What the side's database knows is gone, and with a mailbox its mail server's numbering: of such UIDs nobody knows. */
  forgetGone(side: Side, scanned: ReadonlyMap<string, number> = new Map()): void {
    const there = new Set(
      [...side.mail.snapshot().keys()].map((name) => side.mail.numberingOf(name.split('/'))?.uidValidity),
    )
    const known = this.meanings.get(side.name)
    for (const key of known?.keys() ?? []) {
      const [uidValidity = '', uid] = key.split(' ')
      if (!there.has(Number(uidValidity)) && Number(uid) >= (scanned.get(uidValidity) ?? 0))
        known?.delete(key)
    }
  }

  /** The power went: a UID that the mail server itself no longer knows to have given can't be known to anybody. */
  losePower(side: Side): void {
    const uidNexts = new Map<string, number>()
    for (const name of side.mail.snapshot().keys()) {
      const numbering = side.mail.numberingOf(name.split('/'))
      if (numbering) uidNexts.set(String(numbering.uidValidity), numbering.uidNext)
    }
    const known = this.meanings.get(side.name)
    for (const key of known?.keys() ?? []) {
      const [uidValidity = '', uid] = key.split(' ')
      if (Number(uid) >= (uidNexts.get(uidValidity) ?? 0)) known?.delete(key)
    }
  }

  /**
   * After quiet: every message has the same UID everywhere, in the records and where mail servers show it. `lost` are those that could never
   * be sent to who gives UIDs. A mailbox that `waits` for something that nobody has any more keeps the numbering that it had.
   */
  async compare(
    sides: readonly Side[],
    fail: (what: string) => void,
    lost: ReadonlyMap<string, string> = new Map(),
    waits: (side: Side, name: string) => boolean = () => false,
  ): Promise<void> {
    for (const side of sides)
      for (const { key, uid, name } of shown(side)) {
        if (waits(side, name)) continue
        const meanings = new Set([...this.meanings.values()].flatMap((known) => known.get(key) ?? []))
        if (meanings.size > 1)
          fail(`${side.name} shows UID ${uid} in ${name}, which was ${[...meanings].join(' and ')} somewhere`)
      }
    const uids = new Map<string, number>()
    for (const side of sides) {
      const { db } = side.account.replica
      for (const mailbox of await listMailboxes(db))
        for await (const message of liveMessages(db, mailbox.guid)) {
          const key = `${mailbox.guid} ${message.guid}`
          const known = uids.get(key)
          if (message.uid === 0 && !lost.has(message.guid))
            fail(`${side.name}: message ${message.guid} has no UID`)
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
