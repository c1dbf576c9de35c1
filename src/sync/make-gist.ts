/** The text of a page, as a person reads it; undefined where it can't be made. The page is anybody's. */
export type MakeGist = (html: string) => Promise<string | undefined>
