import { readContentsAhead } from '../../replica/content/contents.js'
import { messageByUpstream } from '../../replica/messages.js'
import type { Guid } from '../../replica/model.js'
import { tables } from '../../replica/tables.js'
import type { Reader } from '../../store/database.js'
import type { Bundled } from '../../wire/bundle.js'
import { type ContentRef, decodeRef } from '../../wire/content-frames.js'
import { responseKinds } from '../../wire/response/kinds.js'

/** What frames speak of is read in few calls of the store: one by one, each read is a transaction. */

/** Messages that the upstream names by their numbers in a mailbox will be asked for, with their contents. */
export async function readNamedAhead(
  reader: Reader,
  names: readonly [mailbox: Guid, number: number][],
): Promise<void> {
  if (names.length < 2) return
  await tables.upstream.readAhead(reader, names)
  const guids: [Guid][] = []
  for (const name of names) {
    const guid = await tables.upstream.get(reader, ...name)
    if (guid !== undefined) guids.push([guid])
  }
  await tables.message.readAhead(reader, guids)
  const messages = []
  for (const name of names) messages.push((await messageByUpstream(reader, ...name)) ?? [])
  await readContentsAhead(reader, messages.flat())
}

/** The same for what frames bring pieces of, as far as their mailboxes are known. */
export async function readPiecesAhead(
  reader: Reader,
  frames: readonly Bundled[],
  mailboxes: readonly Guid[],
): Promise<void> {
  const names: [Guid, number][] = []
  let last: ContentRef | undefined
  for (const { kind, payload } of frames) {
    if (kind !== responseKinds.skeleton && kind !== responseKinds.chunk) continue
    const ref = decodeRef(payload)
    const mailbox = mailboxes[ref.scope]
    if (mailbox !== undefined && (ref.id !== last?.id || ref.scope !== last.scope))
      names.push([mailbox, ref.id])
    last = ref
  }
  await readNamedAhead(reader, names)
}
