import { fromHex } from '../../src/bytes/hex.js'
import { ByteWriter } from '../../src/bytes/varint.js'
import type { Bundled } from '../../src/wire/bundle.js'
import { wireLimits } from '../../src/wire/limits.js'

/** What a hostile side does to a whole exchange. An input is a row of edits of eight bytes each, so that any bytes are some script. */

export const editBytes = 8
/** With more edits hardly any exchange would survive. */
const mostEdits = 12

export interface EditScript {
  /** Which of the recorded exchanges it is about. */
  readonly exchange: number
  readonly edits: readonly Edit[]
}

interface Edit {
  readonly what: number
  /** The frame, and another one. */
  readonly at: number
  readonly other: number
  readonly offset: number
  readonly value: number
}

export function readScript(input: Uint8Array): EditScript {
  const edits: Edit[] = []
  for (let at = 1; at + editBytes <= input.length && edits.length < mostEdits; at += editBytes) {
    const byte = (index: number): number => input[at + index] ?? 0
    edits.push({
      what: byte(0),
      at: byte(1) | (byte(2) << 8),
      other: byte(3) | (byte(4) << 8),
      offset: byte(5) | (byte(6) << 8),
      value: byte(7),
    })
  }
  return { exchange: input[0] ?? 0, edits }
}

/** What one edit does to the frames, in place. `guids` are those that mean something to one of the sides. */
type Act = (frames: Bundled[], edit: Placed, guids: readonly string[]) => void

interface Placed extends Edit {
  readonly frame: Bundled
  readonly another: Bundled
}

const withPayload = (frames: Bundled[], at: number, payload: Uint8Array): void => {
  const { kind = 0 } = frames[at] ?? {}
  frames[at] = { kind, payload: payload.subarray(0, wireLimits.payloadBytes) }
}

/** Puts bytes where some were. */
const splice = ({ payload }: Bundled, from: number, to: number, bytes: Uint8Array): Uint8Array =>
  Buffer.concat([payload.subarray(0, from), bytes, payload.subarray(to)])

const acts: readonly Act[] = [
  // Dropped, doubled, moved, put in twice, swapped; all that follows dropped.
  (frames, { at }) => void frames.splice(at, 1),
  (frames, { at, frame }) => void frames.splice(at, 0, frame),
  (frames, { at, other, frame }) => {
    frames.splice(at, 1)
    frames.splice(other, 0, frame)
  },
  (frames, { at, another }) => void frames.splice(at, 0, another),
  (frames, { at, other, frame, another }) => {
    frames[at] = another
    frames[other] = frame
  },
  (frames, { at, value }) => void (value % 4 === 0 && frames.splice(at)),
  // Cut short, or continued by another one's bytes.
  (frames, { at, frame, offset }) => withPayload(frames, at, frame.payload.subarray(0, offset)),
  (frames, { at, frame, another, offset }) =>
    withPayload(frames, at, splice(frame, offset, offset, another.payload.subarray(offset))),
  // Another one's payload under this kind, and this payload under another kind.
  (frames, { at, another }) => withPayload(frames, at, another.payload),
  (frames, { at, frame, value }) => void frames.splice(at, 1, { kind: value % 31, payload: frame.payload }),
  // One field: a byte set, counted up or down, a number of any size in its place.
  (frames, { at, frame, offset, value }) =>
    withPayload(frames, at, splice(frame, offset, offset + 1, Uint8Array.of(value))),
  (frames, { at, frame, offset, value }) => {
    const now = frame.payload[offset] ?? 0
    withPayload(
      frames,
      at,
      splice(frame, offset, offset + 1, Uint8Array.of(value % 2 === 0 ? now + 1 : now - 1)),
    )
  },
  (frames, { at, frame, offset, value }) => {
    const writer = new ByteWriter()
    writer.varint(Math.min(Number.MAX_SAFE_INTEGER, 2 ** (value % 54) - (value % 3 === 0 ? 1 : 0)))
    withPayload(frames, at, splice(frame, offset, offset + 1, writer.finish()))
  },
  // A name in it becomes another name that is known: a mailbox, a message, a device.
  rename,
  rename,
]

function rename(frames: Bundled[], { at, frame, offset, value }: Placed, guids: readonly string[]): void {
  const payload = Buffer.from(frame.payload)
  const places = guids.map((guid) => payload.indexOf(Buffer.from(guid, 'hex'))).filter((place) => place >= 0)
  const place = places[offset % Math.max(1, places.length)]
  const guid = guids[value % guids.length]
  if (place === undefined || guid === undefined) return
  withPayload(frames, at, splice(frame, place, place + 16, fromHex(guid)))
}

/** The exchange as a hostile side would have it. */
export function edited(
  frames: readonly Bundled[],
  edits: readonly Edit[],
  guids: readonly string[],
): Bundled[] {
  const changed = [...frames]
  for (const edit of edits) {
    const [at, other] = [edit.at % Math.max(1, changed.length), edit.other % Math.max(1, changed.length)]
    const [frame, another] = [changed[at], changed[other]]
    if (!frame || !another) continue
    const offset = edit.offset % Math.max(1, frame.payload.length)
    acts[edit.what % acts.length]?.(changed, { ...edit, at, other, offset, frame, another }, guids)
  }
  return changed
}
