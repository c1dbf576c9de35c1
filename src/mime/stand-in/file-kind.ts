import type { OutlinePart } from '../outline.js'

/** Files of which a few words can say what is in them, or a small picture. */
export type FileKind = 'pdf' | 'office' | 'archives' | 'calendar' | 'audio' | 'images'

/** Media types and ends of names. Not those of old versions, each of which takes a library of its own. */
const kinds: readonly { readonly kind: FileKind; readonly type: RegExp; readonly name: RegExp }[] = [
  { kind: 'pdf', type: /^application\/(?:x-)?pdf$/, name: /\.pdf$/i },
  {
    kind: 'office',
    type: /^application\/vnd\.(?:openxmlformats-officedocument|oasis\.opendocument)\./,
    name: /\.(?:docx|xlsx|pptx|odt|ods|odp)$/i,
  },
  {
    kind: 'archives',
    type: /^application\/(?:x-)?(?:zip|zip-compressed|tar|gtar|compressed-tar|gzip)$/,
    name: /\.(?:zip|tar|tar\.gz|tgz)$/i,
  },
  { kind: 'calendar', type: /^(?:text\/calendar|application\/ics)$/, name: /\.ics$/i },
  {
    kind: 'audio',
    type: /^(?:audio\/.*|application\/ogg)$/,
    name: /\.(?:mp3|m4a|ogg|oga|opus|wav|flac|aac|aiff?|wma)$/i,
  },
  { kind: 'images', type: /^image\/(?:p?jpe?g|png|webp)$/, name: /\.(?:jpe?g|png|webp)$/i },
]

/** What kind of file a part is, where it is one that has a gist: by its media type, or by its name where the sender's program knew no type for that. */
export function fileKind({ type, name = '' }: Pick<OutlinePart, 'type' | 'name'>): FileKind | undefined {
  const isUnknown = type === 'application/octet-stream'
  return kinds.find((each) => each.type.test(type) || (isUnknown && each.name.test(name)))?.kind
}
