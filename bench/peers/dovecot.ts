import { mkdirSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Line, Side } from '../line/line.js'
import { type Daemon, mustRun, run, startDaemon } from '../process.js'

/** The user whose mail it is: any that isn't root, which Dovecot refuses. */
const uid = 10_001

export interface DovecotOptions {
  readonly line: Line
  readonly side: Side
  /** Holds `Maildir`. */
  readonly home: string
  readonly host: string
  readonly compress: boolean
  /** A folder with `cert.pem` and `key.pem`: IMAPS on port 993 beside plain IMAP on 143. */
  readonly tls?: string
}

export interface Dovecot {
  readonly config: string
  /** Gives files that we made to the user, and lets the indexes know, as a delivery through Dovecot would have. */
  refresh(): Promise<void>
  /** Of all its processes so far; the peak of those that run. */
  cost(): { readonly cpuSeconds: number; readonly peakBytes: number }
  stop(): Promise<void>
}

export async function startDovecot(options: DovecotOptions): Promise<Dovecot> {
  const { line, side, home, host } = options
  mkdirSync(`${home}/Maildir`, { recursive: true })
  const config = `${home}/dovecot.conf`
  writeFileSync(config, configOf(options))
  await mustRun(['chown', `${uid}:${uid}`, home])
  await give(`${home}/Maildir`)
  const daemon: Daemon = startDaemon(line.on(side, ['dovecot', '-F', '-c', config]))
  await listening(line, side, host, daemon)
  const refresh = async (): Promise<void> => {
    // The Maildir alone: beside it lie the sockets of Dovecot's own users.
    await give(`${home}/Maildir`)
    await mustRun(['doveadm', '-c', config, 'index', '-u', 'u', '*'])
  }
  await refresh()
  const cost: Dovecot['cost'] = () => ({
    cpuSeconds: daemon.treeCpuSeconds(),
    peakBytes: daemon.treePeakBytes(),
  })
  return { config, refresh, cost, stop: () => daemon.stop() }
}

const give = (path: string): Promise<string> => mustRun(['chown', '-R', `${uid}:${uid}`, path])

/** Ends with 0 when something listens at its argument. */
const probe = `
const socket = require('node:net').connect(143, process.argv[1], () => socket.end())
socket.on('error', () => process.exit(1))
`

async function listening(line: Line, side: Side, host: string, daemon: Daemon): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if ((await run(line.on(side, [process.execPath, '-e', probe, host]))).code === 0) return
    await sleep(100)
  }
  throw new Error(`Dovecot doesn't answer: ${daemon.output()}`)
}

function configOf({ home, host, compress, tls }: DovecotOptions): string {
  return `protocols = imap
base_dir = ${home}/run
state_dir = ${home}/state
log_path = ${home}/log
listen = ${host}
disable_plaintext_auth = no
auth_mechanisms = plain
mail_location = maildir:${home}/Maildir
first_valid_uid = 1
mail_fsync = never
mail_max_userip_connections = 50
doveadm_password = secret
passdb {
  driver = static
  args = password=x
}
userdb {
  driver = static
  args = uid=${uid} gid=${uid} home=${home} allow_all_users=yes
}
namespace inbox {
  inbox = yes
  separator = .
  prefix =
}
service imap-login {
  inet_listener imap {
    port = 143
  }
  inet_listener imaps {
    port = ${tls === undefined ? 0 : 993}
    ssl = yes
  }
}
service doveadm {
  inet_listener {
    port = 12345
  }
}
service stats {
  unix_listener stats-writer {
    mode = 0666
  }
}
${compress ? 'mail_plugins = zlib\nprotocol imap {\n  mail_plugins = $mail_plugins imap_zlib\n}\n' : ''}${
  tls === undefined
    ? 'ssl = no\n'
    : `ssl = yes\nssl_cert = <${tls}/cert.pem\nssl_key = <${tls}/key.pem\nssl_min_protocol = TLSv1.2\n`
}`
}

/** A self-signed ECDSA certificate: the smallest that programs take. */
export async function makeCertificate(folder: string, host: string): Promise<void> {
  const key = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-keyout',
    `${folder}/key.pem`,
  ]
  const name = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=IP:${host}`]
  await mustRun(['openssl', 'req', '-x509', '-days', '3650', ...key, ...name, '-out', `${folder}/cert.pem`])
}
