import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../world/free-port.js'
import { imapLogin, untilLogin } from './imap-client.js'
import type { MailServer } from './mail-server.js'
import { peerFile, peerLibraries, whyNoPeer } from './unpacked-peers.js'

export const whyNoCyrus = (): string | undefined => whyNoPeer('usr/lib/cyrus/bin/imapd')

/** A real Cyrus on loopback. Every name that logs in has an account. */
export async function startCyrus(): Promise<MailServer> {
  const root = mkdtempSync(join(tmpdir(), 'packetboat-cyrus-'))
  const port = await freePort()
  for (const folder of ['conf/db', 'conf/socket', 'conf/proc', 'conf/lock', 'spool', 'run'])
    mkdirSync(join(root, folder), { recursive: true })
  const program = (name: string): string => `${peerFile('usr/lib/cyrus/bin', name)} -C ${root}/imapd.conf`
  writeFileSync(
    join(root, 'imapd.conf'),
    `configdirectory: ${root}/conf
defaultpartition: default
partition-default: ${root}/spool
cyrus_user: nobody
cyrus_group: nogroup
allowplaintext: yes
sasl_mech_list: PLAIN LOGIN
sasl_pwcheck_method: alwaystrue
autocreate_quota: 0
idlesocket: ${root}/run/idle
servername: localhost
`,
  )
  writeFileSync(
    join(root, 'cyrus.conf'),
    `START {
  recover cmd="${program('ctl_cyrusdb')} -r"
}
SERVICES {
  imap cmd="${program('imapd')} -U 30" listen="127.0.0.1:${port}" prefork=1
}
DAEMON {
  idled cmd="${program('idled')}"
}
`,
  )
  execFileSync('chmod', ['755', root])
  execFileSync('chown', ['-R', 'nobody:nogroup', root])
  const master = spawn(
    peerFile('usr/lib/cyrus/bin/master'),
    ['-D', '-C', join(root, 'imapd.conf'), '-M', join(root, 'cyrus.conf'), '-p', join(root, 'run/pid')],
    // A group of its own: when it ends it sends its whole group a signal.
    { stdio: 'ignore', detached: true, env: { ...peerLibraries(), CYRUS_USER: 'nobody' } },
  )
  const ended = new Promise<void>((resolve) => master.once('exit', () => resolve()))
  await untilLogin(port, master, () => 'Cyrus does not answer')
  let accounts = 0
  return {
    name: 'Cyrus',
    port,
    naming: { prefix: '', delimiter: '/' },
    account: async () => `user${++accounts}`,
    login: (user) => imapLogin(port, user),
    complaints: () => [],
    stop: async () => {
      master.kill('SIGTERM')
      await ended
      rmSync(root, { recursive: true, force: true })
    },
  }
}
