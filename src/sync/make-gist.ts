import type { FileKind } from '../mime/stand-in/file-kind.js'

export { smallPictureBytes } from '../mime/stand-in/small-picture.js'

/** What a gist is made of: a page, in UTF-8, or a file. */
export type GistKind = 'page' | FileKind

/**
 * What a page or a file says, as a person reads it, and of a picture a small one in base64; empty where nothing can be made of it. Undefined where that can't be tried here, for want of a
 * library or a process. The bytes are anybody's.
 */
export type MakeGist = (kind: GistKind, bytes: Uint8Array) => Promise<string | undefined>
