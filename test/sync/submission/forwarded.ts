/** Mail that carries along what isn't here. */

/** What stands in a stand-in for its attachment, from its header on, without the line end of the delimiter behind it. */
export const fileIn = (standIn: string): string =>
  /Content-Type: application\/x-packetboat-missing[\s\S]*?\]\n(?=\n?--)/.exec(standIn)?.[0].trimEnd() ?? ''

export const fwdHeader =
  'From: ann@example.org\nTo: eve@example.org\nSubject: Fwd\nMessage-ID: <fwd@example.org>\n'

/** A new mail that has it attached. */
export const attach = (file: string, multipart = 'mixed', header = fwdHeader): string =>
  `${header}MIME-Version: 1.0\nContent-Type: multipart/${multipart}; boundary="=fwd"\n\n--=fwd\nContent-Type: text/plain\n\nSee the file.\n--=fwd\n${file}\n--=fwd--\n`

/** As a mail program forwards a message whole. */
export const forward = (message: string, multipart = 'mixed', header = fwdHeader): string =>
  `${header}MIME-Version: 1.0\nContent-Type: multipart/${multipart}; boundary="=fwd"\n\n--=fwd\nContent-Type: text/plain\n\nSee below.\n--=fwd\nContent-Type: message/rfc822\nContent-Disposition: inline\n\n${message}\n--=fwd--\n`
