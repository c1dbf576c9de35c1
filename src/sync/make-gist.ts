import type { FileKind } from '../mime/stand-in/file-kind.js'

export { smallPictureBytes } from '../mime/stand-in/small-picture.js'

/** What a gist is made of: a page, in UTF-8, or a file. */
export type GistKind = 'page' | FileKind

/**
 * Makes the gist of a content: the text of a page or a file as a person reads it, or a small version of a
 * picture in base64. Empty when nothing can be made of it; undefined when a library or a process to try with
 * is missing. The bytes are hostile.
 */
export type MakeGist = (kind: GistKind, bytes: Uint8Array) => Promise<string | undefined>
