import type { ReaderModel } from './reader-model.js'

/** What a person does to the message that is shown, or to that of the active row. */

export async function toggleFlag(model: ReaderModel): Promise<void> {
  await onActive(model, async (guid, flags) => {
    const flagged = ['\\Flagged']
    const isFlagged = flags.includes('\\Flagged')
    await model.port.mark([guid], { add: isFlagged ? [] : flagged, remove: isFlagged ? flagged : [] })
  })
}

export async function markUnread(model: ReaderModel): Promise<void> {
  await onActive(model, async (guid) => {
    model.closeMessage()
    await model.port.mark([guid], { add: [], remove: ['\\Seen'] })
  })
}

export async function removeMessage(model: ReaderModel): Promise<void> {
  await onActive(model, async (guid) => {
    model.closeMessage()
    await model.port.remove([guid])
  })
}

export async function archiveMessage(model: ReaderModel): Promise<void> {
  const archive = model.mailboxes.value.find(({ specialUse }) => specialUse === '\\Archive')
  if (!archive) {
    model.say(model.words.noArchive)
    return
  }
  await onActive(model, async (guid) => {
    model.closeMessage()
    await model.port.move([guid], archive.guid)
  })
}

/** The part comes with the next exchange, or doesn't. */
export async function wantPart(
  model: ReaderModel,
  {
    message,
    part,
    isWanted,
  }: { readonly message: string; readonly part: number; readonly isWanted: boolean },
): Promise<void> {
  await model.attempt(async () => {
    if (isWanted) await model.port.want(message, [part])
    else await model.port.unwant(message, [part])
    await model.refresh()
  })
}

async function onActive(
  model: ReaderModel,
  act: (guid: string, flags: readonly string[]) => Promise<void>,
): Promise<void> {
  const row = model.shown.value ?? model.rows.value?.at(model.active.value)
  if (!row) return
  await model.attempt(async () => {
    await act(row.guid, row.flags)
    await model.refresh()
  })
}
