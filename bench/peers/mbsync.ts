import { mkdirSync, writeFileSync } from 'node:fs'
import { type ImapPlace, imapNeeds, openImapStation } from './imap-station.js'
import { clientMailOf, type Peer } from './peer.js'

const kinds = {
  mbsync: { settings: 'IMAP with COMPRESS=DEFLATE, no TLS', deflate: true, tls: false },
  'mbsync-plain': { settings: 'IMAP without compression, no TLS', deflate: false, tls: false },
  'mbsync-tls': { settings: 'IMAPS (TLS 1.3) with COMPRESS=DEFLATE', deflate: true, tls: true },
} as const

/** @param mostEach messages that are kept of each mailbox, the newest */
export function mbsync(name: keyof typeof kinds, mostEach?: number): Peer {
  const { settings, deflate, tls } = kinds[name]
  const peer: Peer = {
    name,
    settings: `${settings}; pipelining as it comes`,
    needs: { ...imapNeeds, mbsync: 'isync', openssl: 'openssl' },
    twoWay: true,
    realTime: name !== 'mbsync-plain',
    open: (place) =>
      openImapStation(peer, place, {
        ...(tls && { tls }),
        configure: (at) => {
          mkdirSync(clientMailOf(at), { recursive: true })
          writeFileSync(`${at.root}/mbsyncrc`, configuration(at, { deflate, tls, mostEach }))
          return () => ['mbsync', '-c', `${at.root}/mbsyncrc`, '-a']
        },
      }),
  }
  return peer
}

function configuration(
  at: ImapPlace,
  {
    deflate,
    tls,
    mostEach,
  }: { readonly deflate: boolean; readonly tls: boolean; readonly mostEach: number | undefined },
): string {
  return `IMAPAccount server
Host ${at.line.serverHost}
Port ${tls ? 993 : 143}
User u
Pass x
SSLType ${tls ? 'IMAPS' : 'None'}
${tls ? `CertificateFile ${at.root}/cert.pem\nSystemCertificates no\n` : ''}Timeout 300
${deflate ? '' : 'DisableExtension COMPRESS=DEFLATE\n'}
IMAPStore server
Account server

MaildirStore client
Inbox ${clientMailOf(at)}
SubFolders Maildir++

Channel all
Far :server:
Near :client:
Patterns *
Create Both
Expunge Both
SyncState *
CopyArrivalDate yes
${mostEach === undefined ? '' : `MaxMessages ${mostEach}\n`}`
}
