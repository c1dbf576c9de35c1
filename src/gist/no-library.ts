/** What the process that makes gists writes where it lacks the library for that: no text is this. */
export const noLibrary = '\u0000no library\n'
