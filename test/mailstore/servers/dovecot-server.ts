import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { freePort } from '../../world/free-port.js'
import { imapLogin, untilLogin } from './imap-client.js'
import type { MailServer } from './mail-server.js'
import { nobody } from './unpacked-peers.js'

/** A real Dovecot on loopback, with a Maildir for each user. */
export interface DovecotServer extends MailServer {
  /** A user's tree; the user is made by asking. */
  maildir(user: string): string
  /** Gives a mailbox another UIDVALIDITY, as after a loss. */
  renumber(user: string, mailbox: string): void
}

/** Why there can't be one here; undefined when there can. CI never goes without. */
export function whyNoDovecot(): string | undefined {
  const installed = spawnSync('dovecot', ['--version']).status === 0
  const why = !installed
    ? 'dovecot-imapd is not installed (npm test installs it as root on Debian)'
    : process.getuid?.() !== 0
      ? 'a Dovecot of our own needs root'
      : undefined
  if (why !== undefined && process.env['CI']) throw new Error(`CI must not skip this: ${why}`)
  return why
}

/** A Dovecot for one test, with one account that somebody is logged in to. */
export async function dovecotFor(t: TestContext) {
  const dovecot = await startDovecot()
  t.after(() => dovecot.stop())
  const user = await dovecot.account()
  const imap = await dovecot.login(user)
  t.after(() => imap.logout())
  return { dovecot, user, imap }
}

/** @param certificate for STARTTLS, which it offers then. */
export async function startDovecot(certificate?: {
  readonly cert: string
  readonly key: string
}): Promise<DovecotServer> {
  const root = mkdtempSync(join(tmpdir(), 'packetboat-dovecot-'))
  execFileSync('chmod', ['755', root])
  const port = await freePort()
  mkdirSync(join(root, 'run'))
  let trees = 0
  const config = join(root, 'dovecot.conf')
  const ssl = certificate ? `yes\nssl_cert = <${root}/cert.pem\nssl_key = <${root}/key.pem` : 'no'
  for (const [name, pem] of Object.entries(
    certificate ? { cert: certificate.cert, key: certificate.key } : {},
  ))
    writeFileSync(join(root, `${name}.pem`), pem)
  writeFileSync(
    config,
    `protocols = imap
listen = 127.0.0.1
base_dir = ${root}/run
log_path = ${root}/log
ssl = ${ssl}
disable_plaintext_auth = no
mail_location = maildir:${root}/%u
first_valid_uid = 1
first_valid_gid = 1
passdb {
  driver = static
  args = password=x
}
userdb {
  driver = static
  args = uid=${nobody} gid=${nobody} home=${root}/home-%u
}
service imap-login {
  inet_listener imap {
    port = ${port}
  }
  inet_listener imaps {
    port = 0
  }
}
`,
  )
  // Cyrus sends its whole process group a signal when it ends: each server has a group of its own.
  const program = spawn('dovecot', ['-F', '-c', config], { stdio: 'ignore', detached: true })
  const ended = new Promise<void>((resolve) => program.once('exit', () => resolve()))
  await untilLogin(port, program, () => `Dovecot does not answer: ${readLog(root)}`)
  const server: DovecotServer = {
    name: 'Dovecot',
    port,
    naming: { prefix: '', delimiter: '.' },
    account: async () => {
      const user = `user${trees}`
      server.maildir(user)
      return user
    },
    maildir: (user) => {
      const tree = join(root, user)
      for (const folder of [tree, ...['cur', 'new', 'tmp'].map((name) => join(tree, name))]) {
        mkdirSync(folder, { recursive: true, mode: 0o700 })
        chownSync(folder, nobody, nobody)
      }
      // Dovecot gives the time in seconds as UIDVALIDITY, or one more than stands here: no two trees of a test get the same.
      trees += 1
      for (const name of [
        'dovecot-uidvalidity',
        `dovecot-uidvalidity.${(0x70000000 + trees * 65536).toString(16)}`,
      ]) {
        writeFileSync(join(tree, name), (0x70000000 + trees * 65536).toString(16))
        chownSync(join(tree, name), nobody, nobody)
      }
      return tree
    },
    login: (user) => imapLogin(port, user),
    renumber: (user, mailbox) => {
      const update = ['mailbox', 'update', '-u', user, '--uid-validity', '1234567890', mailbox]
      execFileSync('doveadm', ['-c', config, ...update])
    },
    complaints: () =>
      readLog(root)
        .split('\n')
        .filter((line) => /Error|Warning|Panic|Fatal/.test(line)),
    stop: async () => {
      // Twice is once.
      if (program.exitCode === null) program.kill('SIGTERM')
      await ended
      endSessions(program)
      rmSync(root, { recursive: true, force: true })
    },
  }
  return server
}

/** The connections of those who are logged in outlive it, each in a process of its own. */
function endSessions({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // There are none.
  }
}

function readLog(root: string): string {
  try {
    return readFileSync(join(root, 'log'), 'utf8')
  } catch {
    return ''
  }
}
