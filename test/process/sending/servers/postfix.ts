import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { peerFile, peerLibraries, whyNoPeer } from '../../../mailstore/servers/unpacked-peers.js'
import { freePort } from '../../../world/free-port.js'
import { login, me, mostBytes, type Outgoing, type OutgoingPlace } from './outgoing.js'

/** Debian's Postfix, with Dovecot for its logins: OpenSMTPD, which is smaller, can't do TLS in Debian 12 (it was built for OpenSSL 1.1). */
export const whyNoPostfix = (): string | undefined =>
  whyNoPeer('usr/lib/postfix/sbin/master') ??
  (existsSync('/usr/sbin/dovecot') ? undefined : 'there is no Dovecot to check logins for Postfix')

/** A user of every Debian that owns nothing: Postfix wants one of its own. */
const news = 9
const games = 60

/** On loopback, unpacked, with all that it writes in a folder of the test. */
export async function startPostfix(
  t: TestContext,
  { certificate, person }: OutgoingPlace,
): Promise<Outgoing> {
  const root = mkdtempSync(join(tmpdir(), 'packetboat-postfix-'))
  chmodSync(root, 0o755)
  t.after(() => rmSync(root, { recursive: true, force: true }))
  const port = await freePort()
  const file = (name: string, text: string, mode = 0o644): void =>
    writeFileSync(join(root, name), text, { mode })
  file('cert.pem', certificate.cert)
  file('key.pem', certificate.key, 0o600)
  makeQueue(root)
  // It delivers as another user than the endpoint's.
  for (const folder of ['cur', 'new', 'tmp']) chmodSync(join(person.root, folder), 0o777)
  for (const folder of ['.', '..']) chmodSync(join(person.root, folder), 0o755)
  const { LD_LIBRARY_PATH = '' } = peerLibraries()
  const libraries = `${LD_LIBRARY_PATH}:${peerFile('usr/lib/postfix')}`
  file('main.cf', mainSettings(root, person.root, libraries))
  file('master.cf', services(port))
  file('dovecot.conf', loginSettings(root))
  const run = (command: string, args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess => {
    const child = spawn(command, args, { env, stdio: ['ignore', 'ignore', 'ignore'] })
    t.after(async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    })
    return child
  }
  run('dovecot', ['-F', '-c', join(root, 'dovecot.conf')], process.env)
  const master = run(peerFile('usr/lib/postfix/sbin/master'), ['-d', '-c', root], {
    ...process.env,
    LD_LIBRARY_PATH: libraries,
  })
  while (!existsSync(join(root, 'auth')) || !(await listens(port))) {
    if (master.exitCode !== null)
      throw new Error(`Postfix ended with ${master.exitCode}; ${root}/log says why`)
    await setTimeout(30)
  }
  return { port, ...login }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const say = (answer: boolean) => () => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', say(true)).once('error', say(false))
  })
}

/** What `postfix check` would make, which wants all else of it where Debian puts it. */
function makeQueue(root: string): void {
  mkdirSync(join(root, 'queue/pid'), { recursive: true })
  mkdirSync(join(root, 'data'))
  chownSync(join(root, 'data'), news, news)
  const own = ['incoming', 'active', 'deferred', 'bounce', 'defer', 'corrupt', 'flush', 'hold', 'trace']
  for (const [mode, names] of [
    [0o700, [...own, 'private', 'saved']],
    [0o710, ['public']],
    [0o730, ['maildrop']],
  ] as const)
    for (const name of names) {
      const path = join(root, 'queue', name)
      mkdirSync(path)
      chownSync(path, news, mode === 0o700 ? news : games)
      chmodSync(path, mode)
    }
}

const mainSettings = (root: string, maildir: string, libraries: string): string => `
compatibility_level = 3.6
queue_directory = ${root}/queue
data_directory = ${root}/data
daemon_directory = ${peerFile('usr/lib/postfix/sbin')}
command_directory = ${peerFile('usr/sbin')}
shlib_directory = ${peerFile('usr/lib/postfix')}
meta_directory = ${peerFile('etc/postfix')}
mail_owner = news
setgid_group = games
import_environment = LD_LIBRARY_PATH=${libraries} MAIL_CONFIG
maillog_file = ${root}/log
maillog_file_prefixes = ${root}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = localhost
mydestination =
mynetworks =
alias_maps =
alias_database =
local_recipient_maps =
default_transport = error:not this one
virtual_mailbox_domains = ${me.split('@')[1]}
virtual_mailbox_base = /
virtual_mailbox_maps = inline:{{${me} = ${maildir}/}}
virtual_uid_maps = static:${news}
virtual_gid_maps = static:${news}
virtual_minimum_uid = 1
virtual_mailbox_limit = 0
message_size_limit = ${mostBytes}
smtpd_tls_cert_file = ${root}/cert.pem
smtpd_tls_key_file = ${root}/key.pem
smtpd_tls_security_level = encrypt
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = ${root}/auth
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = reject_unlisted_recipient, permit_sasl_authenticated, reject
`

const services = (port: number): string => `
127.0.0.1:${port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
`

const loginSettings = (root: string): string => `
base_dir = ${root}/dovecot
state_dir = ${root}/dovecot
log_path = ${root}/dovecot.log
protocols =
ssl = no
default_internal_user = news
default_login_user = nobody
auth_mechanisms = plain login
passdb {
  driver = static
  args = user=${login.user} password=${login.password}
}
userdb {
  driver = static
  args = uid=${news} gid=${news} home=/
}
service auth {
  unix_listener ${root}/auth {
    mode = 0666
  }
}
`
