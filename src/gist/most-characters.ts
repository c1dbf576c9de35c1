/** Of a file no more is read: a gist is shorter by far, once lines have been joined and cut. */
export const mostCharacters = 8192
