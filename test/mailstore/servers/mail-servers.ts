import { startCourier, whyNoCourier } from './courier-server.js'
import { startCyrus, whyNoCyrus } from './cyrus-server.js'
import { startDovecot, whyNoDovecot } from './dovecot-server.js'
import type { MailServer } from './mail-server.js'

/** The servers that everything is proved against. */
export const mailServers: readonly {
  readonly name: string
  readonly skip: string | undefined
  readonly start: () => Promise<MailServer>
}[] = [
  { name: 'Dovecot', skip: whyNoDovecot(), start: startDovecot },
  { name: 'Cyrus', skip: whyNoCyrus(), start: startCyrus },
  { name: 'Courier', skip: whyNoCourier(), start: () => startCourier() },
]

/** Each with all that it offers, and with less. */
export const waysToSpeak: readonly { readonly called: string; readonly without: readonly string[] }[] = [
  { called: 'as it is', without: [] },
  { called: 'without QRESYNC', without: ['QRESYNC', 'LIST-STATUS'] },
  {
    called: 'with IMAP4rev1 alone',
    without: [
      ...['QRESYNC', 'CONDSTORE', 'UIDPLUS', 'LIST-EXTENDED', 'LIST-STATUS', 'SPECIAL-USE', 'ESEARCH'],
      ...['BINARY', 'MOVE', 'OBJECTID', 'X-GUID', 'COMPRESS=DEFLATE'],
    ],
  },
]
