/** Text as a man page has it: nothing in it is a request or an escape. */
export function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^(?=[.'])/gm, '\\&')
}

const quoted = (text: string): string => `"${escaped(text).replaceAll('"', '\\(dq')}"`

export function titleLine(name: string, section: number, version: string): string {
  return `.TH ${quoted(name.toUpperCase())} ${section} "" ${quoted(`packetboat ${version}`)} ${quoted('packetboat')}`
}

export const heading = (text: string): string => `.SH ${quoted(text)}`
export const subheading = (text: string): string => `.SS ${quoted(text)}`
/** A line for each sentence, as man pages are kept. */
export const paragraph = (text: string): string => `.PP\n${escaped(text.replace(/(?<=[.;]) (?=\S)/g, '\n'))}`

/** A term, in bold, with what is said of it. */
export function item(term: string, ...lines: readonly string[]): string {
  return `.TP\n\\fB${escaped(term)}\\fR\n${lines.map(escaped).join('\n.br\n')}`
}

/** Lines as they stand. */
export function verbatim(lines: readonly string[]): string {
  return `.PP\n.RS 2\n.nf\n${lines.map(escaped).join('\n')}\n.fi\n.RE`
}

/** Ends with one line break. A paragraph begins after a heading without being told to. */
export const page = (parts: readonly string[]): string =>
  `${parts.join('\n').replace(/^(\.S[HS] .*)\n\.PP$/gm, '$1')}\n`
