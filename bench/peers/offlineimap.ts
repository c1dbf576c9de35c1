import { execFileSync } from 'node:child_process'
import { readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { imapNeeds, openImapStation } from './imap-station.js'
import { clientMailOf, type Peer } from './peer.js'

export const offlineimap = offlineimapKeeping()

/** @param days of which mail is kept; all if not said */
export function offlineimapKeeping(days?: number): Peer {
  const peer: Peer = {
    name: 'offlineimap',
    settings:
      "`usecompression = yes` (with imaplib2's hang patched: it waits for the socket while it holds data), one connection",
    needs: { ...imapNeeds, offlineimap: 'offlineimap3' },
    twoWay: true,
    realTime: true,
    open: (place) =>
      openImapStation(peer, place, {
        configure: ({ root, line }) => {
          writeFileSync(
            `${root}/offlineimaprc`,
            configuration(root, line.serverHost, clientMailOf(place), days),
          )
          return () => [...patched(), '-c', `${root}/offlineimaprc`, '-o']
        },
      }),
  }
  return peer
}

/** imaplib2's read() leaves output in the decompressor and then polls the socket: with compression it hangs for good. */
function patched(): string[] {
  const program = realpathSync(execFileSync('sh', ['-c', 'command -v offlineimap']).toString().trim())
  const python = readFileSync(program, 'utf8').split('\n')[0]?.replace(/^#!/, '').trim().split(' ') ?? [
    'python3',
  ]
  const patch = `import sys, runpy, imaplib2
def read(self, n):
  data = self.sock.recv(n)
  return data if self.decompressor is None else self.decompressor.decompress(data)
imaplib2.IMAP4.read = imaplib2.IMAP4_SSL.read = read
sys.argv = ['offlineimap'] + sys.argv[1:]
sys.path.insert(0, ${JSON.stringify(dirname(program))})
runpy.run_path(${JSON.stringify(program)}, run_name='__main__')`
  return [...python, '-c', patch]
}

function configuration(root: string, host: string, maildir: string, days: number | undefined): string {
  return `[general]
accounts = a
metadata = ${root}/client/offlineimap
ui = basic
fsync = false
[Account a]
localrepository = l
remoterepository = r
${days === undefined ? '' : `maxage = ${days}\n`}[Repository l]
type = Maildir
localfolders = ${maildir}
sep = .
utime_from_header = no
[Repository r]
type = IMAP
remotehost = ${host}
remoteport = 143
remoteuser = u
remotepass = x
ssl = no
starttls = no
auth_mechanisms = PLAIN, LOGIN
usecompression = yes
maxconnections = 1
keepalive = 0
`
}
