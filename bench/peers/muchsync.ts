import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { mustRun, run, startDaemon } from '../process.js'
import { clientMailOf, type Peer, type Place, type Station, serverMailOf } from './peer.js'

export const muchsync: Peer = {
  name: 'muchsync',
  settings: 'its default `ssh -CTaxq` with ed25519 keys; notmuch on both sides',
  needs: {
    muchsync: 'muchsync',
    notmuch: 'notmuch',
    sshd: 'openssh-server',
    'ssh-keygen': 'openssh-client',
    ip: 'iproute2',
  },
  twoWay: true,
  realTime: true,
  open: openMuchsync,
}

async function openMuchsync(place: Place): Promise<Station> {
  const { line, root } = place
  const [serverConfig, clientConfig] = [`${root}/server/notmuch-config`, `${root}/client/notmuch-config`]
  const wrapper = `${root}/server/muchsync.sh`
  writeFileSync(serverConfig, notmuchConfig(serverMailOf(place)))
  writeFileSync(
    wrapper,
    `#!/bin/sh\nexport NOTMUCH_CONFIG=${serverConfig} HOME=${root}/server\nexec muchsync "$@"\n`,
  )
  chmodSync(wrapper, 0o755)
  await mustRun(['notmuch', 'new'], { env: { NOTMUCH_CONFIG: serverConfig } })
  await keys(place)
  mkdirSync('/run/sshd', { recursive: true })
  const sshd = (await mustRun(['sh', '-c', 'command -v sshd || echo /usr/sbin/sshd'])).trim()
  const daemon = startDaemon(line.on('server', [sshd, '-D', '-e', '-f', `${root}/sshd_config`]))
  return {
    peer: muchsync,
    serverMail: serverMailOf(place),
    clientMail: clientMailOf(place),
    sync: (options = {}) => {
      const init = existsSync(clientConfig) ? [] : ['--init', clientMailOf(place)]
      const ssh = `ssh -CTaxq -F ${root}/ssh_config`
      return run(
        line.on('client', ['muchsync', '-C', clientConfig, '-s', ssh, '-r', wrapper, ...init, 'endpoint']),
        { ...options, env: { HOME: `${root}/client`, NOTMUCH_CONFIG: undefined } },
      )
    },
    changed: async () => undefined,
    close: () => daemon.stop(),
  }
}

async function keys({ line, root }: Place): Promise<void> {
  const { serverHost: host } = line
  for (const name of ['hostkey', 'id'])
    await mustRun(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', `${root}/${name}`])
  const hostKey = (await mustRun(['cat', `${root}/hostkey.pub`])).trim()
  writeFileSync(`${root}/known`, `[${host}]:2222 ${hostKey}\n`)
  writeFileSync(
    `${root}/sshd_config`,
    `ListenAddress ${host}:2222
HostKey ${root}/hostkey
AuthorizedKeysFile ${root}/id.pub
PermitRootLogin prohibit-password
StrictModes no
UsePAM no
UseDNS no
PidFile ${root}/sshd.pid
PrintMotd no
Compression yes
`,
  )
  writeFileSync(
    `${root}/ssh_config`,
    `Host endpoint
  HostName ${host}
  Port 2222
  User root
  IdentityFile ${root}/id
  IdentitiesOnly yes
  UserKnownHostsFile ${root}/known
  GlobalKnownHostsFile none
  Compression yes
  BatchMode yes
`,
  )
}

const notmuchConfig = (maildir: string): string => `[database]
path=${maildir}
[user]
name=u
primary_email=u@example.org
[new]
tags=unread;inbox
ignore=/dovecot.*/;maildirfolder;subscriptions
[search]
exclude_tags=deleted
[maildir]
synchronize_flags=true
`
