import assert from 'node:assert/strict'
import type { Change } from '../../../src/replica/change.js'
import { putContent } from '../../../src/replica/content/contents.js'
import { createMailbox } from '../../../src/replica/mailboxes.js'
import type { Author } from '../../../src/replica/merge/application.js'
import { PassedDrafts } from '../../../src/replica/merge/passed-drafts.js'
import { PassedTwins } from '../../../src/replica/merge/passed-twins.js'
import { addMessage, changeFlags, expungeMessage, getMessage } from '../../../src/replica/messages.js'
import type { Operation } from '../../../src/replica/operation.js'
import type { MessageRecord } from '../../../src/replica/records.js'
import { readReplicaRecord } from '../../../src/replica/replica.js'
import { tables } from '../../../src/replica/tables.js'
import { type Asking, type DeviceGuard, watchDevice } from '../../../src/sync/policy/device-guard.js'
import { open } from '../../replica/records/open.js'
import { digestOf, id } from '../../replica/world.js'

export const by = 'its pairing'
export const weekMs = 7 * 86_400_000

/** Messages of a mailbox, from a number on. */
export const names = (mailbox: string, count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, i) => `${mailbox}${from + i}`)

export const expunge = (name: string, movedTo?: string): Operation => ({
  op: 'expunge',
  message: id(name),
  base: [],
  ...(movedTo !== undefined && { movedTo: id(movedTo) }),
})
export const copy = (name: string, source: string, mailbox: string): Operation => ({
  op: 'copy',
  mailbox: id(mailbox),
  message: id(name),
  source: id(source),
  flags: [],
  base: [],
  internalDateMs: 0,
})
export const drop = (mailbox: string): Operation => ({ op: 'mailbox-delete', mailbox: id(mailbox) })
/** A journal that takes nothing, and so is not judged, but for the window of which it opens one. */
const nothing = drop('nowhere')

/** A device that has seen all that there is. */
export const everything: Author = {
  device: 'device',
  passed: new PassedTwins(),
  recalls: new Set(),
  drafts: new PassedDrafts(),
  met: true,
  structure: Number.POSITIVE_INFINITY,
  log: () => Number.POSITIVE_INFINITY,
  knows: () => true,
}

export interface Guarded {
  /** Whether what the operations take may go: those that may, in the order of `names`. Each transaction is one request. */
  ask(operations: readonly Operation[], names: readonly string[], more?: Partial<Asking>): Promise<string[]>
  /** The guard itself, in a transaction of its own. */
  watch<T>(
    operations: readonly Operation[],
    act: (guard: DeviceGuard | undefined, change: Change) => Promise<T>,
    more?: Partial<Asking>,
  ): Promise<T>
  add(
    name: string,
    mailbox: string,
    more?: { content?: string; flags?: string[]; device?: string },
  ): Promise<void>
  flag(name: string, ...flags: string[]): Promise<void>
  of(name: string): Promise<MessageRecord>
  /** What is counted: of how many, how many have gone, and from which mailboxes. */
  counted(): Promise<{ of: number; gone: number; from: Record<string, string> }>
  readonly opened: Awaited<ReturnType<typeof open>>
}

/**
 * Mailboxes by name (with a special use behind a space) with so many messages each, called by the mailbox and a number from 0; and the week that
 * begins then. At two messages the guard begins to look.
 */
export async function guarded(mailboxes: Readonly<Record<string, number>>): Promise<Guarded> {
  const opened = await open()
  const { replica, change } = opened
  const { db } = replica
  const watch: Guarded['watch'] = (operations, act, more = {}) =>
    change(async (one) => {
      const asking = {
        change: one,
        author: everything,
        guard: { share: 0.5, least: 2 },
        by,
        allow: [],
        ...more,
      }
      const entries = operations.map((operation, i) => ({ number: i + 1, operation }))
      return act(await watchDevice(asking, entries), one)
    })
  const of = async (name: string): Promise<MessageRecord> => {
    const message = await getMessage(db, id(name))
    assert.ok(message, name)
    return message
  }
  const add: Guarded['add'] = (name, mailbox, { content = name, flags = [], device } = {}) =>
    change(
      async (one) => {
        const about = { digest: digestOf(content), sizeBytes: 10, held: [], progress: 0 }
        putContent(one.tx, { ...about, id: id(content), whole: true, upstreamHas: false })
        const place = { guid: id(name), mailbox: id(mailbox), content: id(content), internalDateMs: 0 }
        await addMessage(one, { ...place, flags })
      },
      device === undefined ? { kind: 'mail-store' } : { kind: 'device', device },
    )
  for (const [name, count] of Object.entries(mailboxes)) {
    const [path = '', specialUse] = name.split(' ')
    await change((one) =>
      createMailbox(one, { guid: id(path), path: [path], ...(specialUse && { specialUse }) }),
    )
    for (let i = 0; i < count; i++) await add(`${path}${i}`, path)
  }
  await watch([nothing], async () => undefined)
  return {
    opened,
    watch,
    of,
    add,
    flag: (name, ...flags) =>
      change(async (one) => void (await changeFlags(one, await of(name), { add: flags, remove: [] }))),
    ask: (operations, names, more) =>
      watch(
        operations,
        async (guard, one) => {
          const gone: string[] = []
          for (const name of names) {
            const message = await of(name)
            if (guard && !(await guard.mayGo(message))) continue
            gone.push(name)
            await expungeMessage(one, message, { base: [] })
          }
          return gone
        },
        more,
      ),
    counted: async () => {
      const { of: all = 0, gone = 0 } = (await tables.deletions.get(db, by)) ?? {}
      const from: Record<string, string> = {}
      for await (const { key, value } of tables.deletionsIn.list(db, [by]))
        from[Buffer.from(key[1], 'hex').toString('latin1').replace(/\.+$/, '')] = `${value.gone}/${value.of}`
      return { of: all, gone, from }
    },
  }
}

export async function headOf({ opened }: Guarded): Promise<number> {
  return (await readReplicaRecord(opened.replica.db)).head
}
