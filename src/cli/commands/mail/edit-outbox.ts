import { closeSync, existsSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { readRange } from '../../../bytes/source.js'
import { PacketboatError } from '../../../errors/packetboat-error.js'
import type { FolderSpool, SpoolEntry } from '../../../outbox/spool.js'
import { noSuchMail, takenMail } from '../../../sync/submission/filled-spool.js'
import type { CommandContext } from '../../command-context.js'
import { askToEditAgain, editorOf, runEditor } from '../../editor.js'
import { exitCodes } from '../../exit-codes.js'
import { allRows, draftOf, findRow, namesInOutbox, openSending, spoolOf } from '../../outbox/all-rows.js'
import type { OutboxRow } from '../../outbox/outbox-row.js'
import { asBefore, requeueMail } from '../../sendmail/requeue-mail.js'
import { forOwnersOf } from '../../session/by-name.js'
import { refuseRootOver } from '../../session/not-as-root.js'
import { unwritable } from '../../settings/data-dir.js'

type Waiting = Extract<SpoolEntry, { readonly kind: 'mail' }>

/**
 * `packetboat outbox edit NAME`: opens a mail that is still only here in the person's editor, then checks it
 * and puts it back under a new name. Meanwhile no sync takes it. If the command is cut short, the mail stays
 * held, and what was written stays beside it for the next time.
 */
export async function editOutbox(context: CommandContext, said: string): Promise<number> {
  return forOwnersOf(context, [said], namesInOutbox, async (own) => {
    await editIn(own, said)
    return exitCodes.done
  })
}

async function editIn(context: CommandContext, said: string): Promise<void> {
  const { output, signal, env } = context
  const open = openSending(context)
  refuseRootOver(open.dataRoot)
  const editor = editorOf(context, `packetboat outbox cancel ${said} takes it back: then send it anew.`)
  const spool = spoolOf(open)
  const row = findRow(await allRows(context), said)
  const { name } = row
  const waiting = await entryOf(spool, name)
  if (!waiting) throw notEditable(row)
  const bytes = await bytesOf(spool, name)
  await spool.hold(name)
  const draft = draftOf(open, name)
  if (!existsSync(draft)) writeDraft(draft, bytes)
  else if (!readDraft(draft)?.equals(bytes))
    output.warning(`${draft} holds earlier changes that weren't taken: go on with them.`)
  const held = `${name} is held, as it was, and your changes are in ${draft}.`
  const goOn = `packetboat outbox edit ${name} goes on with them; delete that file to begin anew. packetboat outbox release ${name} sends it as it was.`
  for (;;) {
    await runEditor(editor, draft, env, held)
    signal.throwIfAborted()
    const text = readDraft(draft)
    if (!text || text.length === 0 || text.equals(bytes)) {
      await asBefore(spool, name, waiting)
      rmSync(draft, { force: true })
      output.result({ event: 'edited', name, changed: false }, [`${name} stays as it was.`])
      return
    }
    try {
      const fresh = await requeueMail({ open, spool, waiting, before: bytes, after: text, now: Date.now })
      rmSync(draft, { force: true })
      output.result({ event: 'edited', name: fresh.name, of: name, changed: true, recipients: fresh.to }, [
        `${name} is changed, and waits as ${fresh.name} for ${fresh.to.join(', ')}.`,
      ])
      return
    } catch (error) {
      if (!(error instanceof PacketboatError)) throw error
      if (!(await askToEditAgain(context, `${error.message} Edit it again? Type no to stop:`)))
        throw new PacketboatError(error.code, `${error.message} ${held}`, goOn, { cause: error })
    }
  }
}

async function entryOf(spool: FolderSpool, name: string): Promise<Waiting | undefined> {
  const found = (await spool.look()).find((entry) => entry.kind === 'mail' && entry.mail.name === name)
  return found?.kind === 'mail' && found.state !== 'taken' ? found : undefined
}

function notEditable({ name, state, reason }: OutboxRow): PacketboatError {
  if (state === 'damaged')
    return new PacketboatError('MESSAGE_UNREADABLE', `${name}: ${reason}.`, 'Look at it, or delete it.')
  if (state === 'queued') return takenMail(name)
  const over: readonly OutboxRow['state'][] = ['sent', 'refused', 'failed', 'cancelled']
  return new PacketboatError(
    'USAGE',
    `${name} can't be edited: it is ${state}.`,
    over.includes(state)
      ? `packetboat outbox show --raw ${name} prints it: correct it, and send it anew.`
      : `packetboat outbox cancel ${name} takes it back, if there is still time. Then send it anew.`,
  )
}

/** Reads the whole mail, for an editor. */
async function bytesOf(spool: FolderSpool, name: string): Promise<Buffer> {
  const content = await spool.read(name)
  if (!content) throw noSuchMail(name)
  try {
    const chunks: Uint8Array[] = []
    for await (const chunk of readRange(content)) chunks.push(chunk)
    return Buffer.concat(chunks)
  } finally {
    await content.close()
  }
}

function writeDraft(draft: string, bytes: Buffer): void {
  const next =
    'Make room there or free the path, then try again. The mail is held: packetboat outbox release lets it go.'
  try {
    const file = openSync(draft, 'wx', 0o600)
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
    } catch (error) {
      rmSync(draft, { force: true })
      throw error
    } finally {
      closeSync(file)
    }
  } catch (cause) {
    throw unwritable(draft, cause, next)
  }
}

/** Undefined where the editor has deleted the file. */
function readDraft(draft: string): Buffer | undefined {
  return existsSync(draft) ? readFileSync(draft) : undefined
}
