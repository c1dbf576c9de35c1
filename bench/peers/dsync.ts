import { imapNeeds, openImapStation } from './imap-station.js'
import type { Peer } from './peer.js'

export const dsync: Peer = {
  name: 'dsync',
  settings: '`doveadm sync -s STATE` over its TCP port, neither TLS nor compression',
  needs: imapNeeds,
  twoWay: true,
  realTime: true,
  open: (place) => {
    let state = ''
    return openImapStation(dsync, place, {
      clientDovecot: true,
      configure:
        ({ client, line }) =>
        () => [
          'doveadm',
          ...['-c', client?.config ?? '', 'sync', '-u', 'u', '-s', state],
          `tcp:${line.serverHost}:12345`,
        ],
      ran: ({ code, output }) => {
        // It prints the state for the next run. 2 means that something changed meanwhile: run it again some time.
        const printed = output.trim().split('\n').at(-1) ?? ''
        if ((code === 0 || code === 2) && /^[A-Za-z0-9+/=]{12,}$/.test(printed)) state = printed
        return code === 2 ? 0 : code
      },
    })
  },
}
