import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { imapNeeds, openImapStation } from './imap-station.js'
import type { Peer } from './peer.js'

export const interimap: Peer = {
  name: 'interimap',
  settings: '`compress = YES`, no TLS; QRESYNC; the local side is a second Dovecot on loopback',
  needs: { ...imapNeeds, interimap: 'interimap' },
  twoWay: true,
  realTime: true,
  open: (place) =>
    openImapStation(interimap, place, {
      clientDovecot: true,
      configure: ({ root, line }) => {
        mkdirSync(`${root}/client/.config/interimap`, { recursive: true })
        mkdirSync(`${root}/client/.local/share/interimap`, { recursive: true, mode: 0o700 })
        const path = `${root}/interimap.conf`
        writeFileSync(path, configuration(root, line.serverHost))
        // It refuses one that others can read.
        chmodSync(path, 0o600)
        return () => ['interimap', `--config=${path}`]
      },
    }),
}

function configuration(root: string, host: string): string {
  const side = (name: string, at: string, compress: string): string => `[${name}]
type = imap
host = ${at}
port = 143
username = u
password = x
STARTTLS = NO
compress = ${compress}
`
  return `database = bench.db\nlogfile = ${root}/interimap.log\n${side('local', '127.0.0.1', 'NO')}${side('remote', host, 'YES')}`
}
