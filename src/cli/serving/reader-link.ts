import { renderUnicodeCompact } from 'uqr'
import { readerPath } from '../../link/server/reader-files.js'

/** What pairs a browser, once. What stands behind the # stays in the browser: no server and no proxy sees it with the page. */
export function readerLink(
  { host, port }: { readonly host: string; readonly port: number },
  inClear: boolean,
  token: string,
): string {
  const scheme = inClear ? 'http' : 'https'
  // As browsers write it: an IPv6 host in brackets, without the usual port.
  const page = new URL(readerPath, `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`)
  return `${page.href}#pair=${token}`
}

/** What to do with the link, and its QR code, for a terminal with light on dark. */
export function readerHints(link: string): string[] {
  return [
    'Open this link within a day in the browser that is to be paired, or point its camera at this:',
    ...renderUnicodeCompact(link, { border: 2 }).split('\n'),
    'It works once. Anyone who opens it has your mail: keep it to yourself.',
  ]
}
