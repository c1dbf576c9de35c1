/** Written by a process that lacks the library for a gist. No text is equal to it. */
export const noLibrary = '\u0000no library\n'
