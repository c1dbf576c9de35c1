/** Why both sides were compared, for the person who reads it: the codes are those of `SyncReport.healed` and of the conflict log. */
const words: Readonly<Record<string, string>> = {
  endpoint: "the endpoint's database is a new one",
  cursor: "the endpoint's database is an older copy",
  forgotten: 'this device was away for longer than the endpoint remembers',
  journal: 'one of the two databases is an older copy',
  database: "this device's database is an older copy, or one of two",
}

/** Undefined for an unknown code. */
export function healedWords(code: string): string | undefined {
  const reason = words[code]
  return reason && `${reason}, so both sides were compared`
}
