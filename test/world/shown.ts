import assert from 'node:assert/strict'
import { type MailboxPath, pathText } from '../../src/replica/model.js'
import type { Side } from './side.js'

/** What a person sees in the mail store of a side. */

type Shown =
  ReturnType<Side['mail']['snapshot']> extends ReadonlyMap<string, readonly (infer Message)[]>
    ? Message
    : never

const inbox: MailboxPath = ['INBOX']

export const latin = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

export const subjectOf = (bytes: Uint8Array): string => /^Subject: (.*?)\r?$/m.exec(latin(bytes))?.[1] ?? ''

/** Only the list entry and some of the parts are here. */
export const isStandIn = (bytes: Uint8Array): boolean => /^X-Packetboat-Partial/m.test(latin(bytes))

export const messagesIn = (side: Side, mailbox: MailboxPath = inbox): readonly Shown[] =>
  side.mail.snapshot().get(pathText(mailbox)) ?? []

/** By mailbox, its messages in order: each as its subject, its flags, and whether it is only a stand-in. */
export function stateOf(side: Side): Record<string, string[]> {
  const state = [...side.mail.snapshot()].map(([name, all]): [string, string[]] => [
    name,
    all.map(lineOf).sort(),
  ])
  return Object.fromEntries(state.sort(([a], [b]) => (a < b ? -1 : 1)))
}

function lineOf({ bytes, flags }: Shown): string {
  return [subjectOf(bytes), ...flags, ...(isStandIn(bytes) ? ['(stand-in)'] : [])].join(' ')
}

/** The whole of every message, by mailbox and in order, with its flags. */
export function treeOf(side: Side): Record<string, string[]> {
  const tree: Record<string, string[]> = {}
  for (const [name, all] of side.mail.snapshot())
    tree[name] = all.map(({ bytes, flags }) => `${latin(bytes)}|${flags}`).sort()
  return tree
}

/** The first with this subject. */
export const findMessage = (side: Side, subject: string, mailbox: MailboxPath = inbox): Shown =>
  messagesIn(side, mailbox).find(({ bytes }) => subjectOf(bytes) === subject) ??
  assert.fail(`${side.name} has no ${subject} in ${pathText(mailbox)}`)

export const locatorOf = (side: Side, subject: string, mailbox: MailboxPath = inbox): string =>
  findMessage(side, subject, mailbox).locator
