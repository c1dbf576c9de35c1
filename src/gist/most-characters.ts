/** How many characters of a file are read: a gist is far shorter. */
export const mostCharacters = 8192
