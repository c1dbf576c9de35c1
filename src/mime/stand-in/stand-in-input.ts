import type { ByteSource } from '../../bytes/source.js'
import type { Guid } from '../../replica/model.js'
import type { Turn } from '../encodings/in-turns.js'
import type { Envelope } from '../headers/envelope.js'
import type { Outline } from '../outline.js'
import type { Skeleton } from '../skeleton.js'
import type { MarkerKey } from './stand-in-marker.js'

/** What is here of a message that isn't all here. */
export interface StandInInput {
  readonly guid: Guid
  readonly marking: MarkerKey
  readonly envelope: Envelope
  readonly outline: Outline
  /** The parts that are here, by index: decoded, complete, and the same each time they are read. */
  readonly parts: ReadonlyMap<number, ByteSource>
  /** What stands for parts that aren't here, by their indexes (`gist-text.ts`). */
  readonly gists?: ReadonlyMap<number, string>
  /** Both or none: the original header and structure, once they are here. */
  readonly skeleton?: Skeleton
  readonly structure?: Uint8Array
  /** Without these: what is missing of a structure of which the beginning has come. */
  readonly missingStructureBytes?: number
  /** While long parts are encoded. */
  readonly turn?: Turn
}

/** Bytes, or a source of bytes that can be read again. */
export type Piece = Uint8Array | (() => AsyncIterable<Uint8Array>)
