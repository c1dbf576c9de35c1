const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of its path is a file',
  EISDIR: 'it is a directory',
  EACCES: 'its permissions, or those of a directory above it, forbid it',
  EPERM: 'the system forbids it',
}

/** Why a file that a person named can't be read, in words: what the system says of it repeats the path. */
export function whyUnreadable(cause: unknown): string {
  const { code = '', message } = cause as { readonly code?: string; readonly message: string }
  return reasons[code] ?? message
}
