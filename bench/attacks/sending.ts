import { join } from 'node:path'
import { readRange } from '../../src/bytes/source.js'
import { folderSpool } from '../../src/outbox/spool.js'
import type { SubmitOperation } from '../../src/replica/operation.js'
import { maxReferences } from '../../src/replica/submission/submission.js'
import { deliver } from '../mail/maildir.js'
import type { Act, Field } from './act.js'
import { type Device, messagesOf } from './device.js'
import { type Frames, guidFrom, journal, many, newGuid, numbered } from './frames.js'

/** What a device does that may send. */

const envelope = { from: 'u@example.org', recipients: ['bob@example.net'] }

const submission = (guid: string, n: number, more: Partial<SubmitOperation> = {}): SubmitOperation => ({
  op: 'submit',
  submission: guid,
  digest: n.toString(16).padStart(64, '0'),
  sizeBytes: 1000 * maxReferences,
  envelope,
  urgent: false,
  queuedMs: 1_764_000_000_000,
  again: false,
  ...more,
})

/** Mails whose bytes never come, and which forward as many messages as a mail may. */
export async function handIn({ device }: Field, count: number): Promise<Frames> {
  const [message] = await messagesOf(device)
  const start = newGuid()
  const named = message?.guid ?? ''
  const references = many(maxReferences, (n) => ({ start: 1000 * n, length: 900, message: named }))
  const mails = many(count, (n) => submission(guidFrom(start, n), n, { references }))
  return journal(numbered(mails), { each: 50 })
}

export async function fileCopies({ device }: Field, count: number): Promise<Frames> {
  const [message] = await messagesOf(device)
  const [sent, start] = [newGuid(), newGuid()]
  const filed = many(count, (n) => ({
    op: 'filed' as const,
    mailbox: message?.mailbox ?? '',
    message: guidFrom(start, n),
    submission: sent,
    flags: ['\\Seen'],
  }))
  return journal(numbered([submission(sent, 1), ...filed]))
}

/** The device names a message that waits at the endpoint, as often as one mail may. */
export async function sendForward(
  { victim, device }: Field,
  { messageBytes, times }: { readonly messageBytes: number; readonly times: number },
): ReturnType<Act['prepare']> {
  deliver(victim.maildir, {
    mailbox: 'INBOX',
    message: withFile(messageBytes),
    seconds: 1_764_000_000,
    number: 900,
  })
  for (const each of [device, device]) await each.sync()
  const draft = forwardOf(await standInOf(device), times)
  const spool = folderSpool(join(victim.root, 'outbox'), Date.now)
  await spool.add({ envelope, urgent: false }, chunksOf(draft))
  return {
    bytes: draft.length,
    run: async (signal) => {
      await device.sync(signal, undefined, spool)
      return 'handed in'
    },
  }
}

const subject = 'a file that waits'

const withFile = (bytes: number): string =>
  `From: m@example.org\nTo: u@example.org\nSubject: ${subject}\nMessage-ID: <f@example.org>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="f"\n\n--f\n\nSee it.\n--f\nContent-Type: application/octet-stream; name="file"\n\n${'0123456789abcdef0123456789abcdef\n'.repeat(bytes / 33)}\n--f--\n`

/** What stands on the device in the place of a message whose file waits. */
async function standInOf({ account: { mailStore } }: Device): Promise<string> {
  const { messages } = await mailStore.messages(['INBOX'])
  for (const { locator } of messages) {
    const content = await mailStore.open(['INBOX'], locator)
    const pieces: Uint8Array[] = []
    for await (const piece of readRange(content)) pieces.push(piece.slice())
    await content.close()
    const text = Buffer.concat(pieces).toString('latin1')
    if (text.includes(`Subject: ${subject}`)) return text
  }
  throw new Error('The device has no such message.')
}

function forwardOf(message: string, times: number): string {
  const parts = many(times, () => `--b\nContent-Type: message/rfc822\n\n${message}\n`).join('')
  return `From: u@example.org\nTo: bob@example.net\nSubject: Fwd\nMessage-ID: <fwd@example.org>\nDate: Mon, 24 Nov 2025 11:00:00 +0000\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n--b\n\nSee these.\n${parts}--b--\n`
}

async function* chunksOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text, 'latin1')
}
