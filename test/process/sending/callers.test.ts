import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { readRange } from '../../../src/bytes/source.js'
import { type FolderSpool, folderSpool } from '../../../src/outbox/spool.js'
import type { SpooledMail } from '../../../src/sync/submission/spool.js'
import { linesOf, needs } from '../../world/process/guide.js'
import { needsTmux, openScreen } from '../../world/process/terminal.js'
import { until } from '../../world/until.js'

/** Programs that send mail, calling a link named `sendmail` with no line and no endpoint anywhere. */

const repository = fileURLToPath(new URL('../../..', import.meta.url))

interface Sender {
  readonly root: string
  readonly sendmail: string
  readonly env: Readonly<Record<string, string>>
  readonly spool: FolderSpool
  run(program: string, args: readonly string[], input?: string): { code: number | null; said: string }
  waiting(): Promise<{ mail: SpooledMail; text: string }[]>
}

function makeSender(t: TestContext, settings = ''): Sender {
  const root = mkdtempSync(join(tmpdir(), 'packetboat-sender-'))
  t.after(() => rmSync(root, { recursive: true, force: true }))
  mkdirSync(join(root, 'bin'))
  for (const name of ['sendmail', 'mailq', 'newaliases', 'packetboat'])
    symlinkSync(join(repository, 'bin/packetboat'), join(root, 'bin', name))
  mkdirSync(join(root, '.config/packetboat'), { recursive: true })
  writeFileSync(
    join(root, '.config/packetboat/packetboat.toml'),
    `config_version = 1\nendpoint = "x"\nmaildir = "~/Maildir"\nsendFrom = "Ann <ann@example.org>"\n${settings}`,
  )
  // As init leaves it.
  mkdirSync(join(root, '.local/share/packetboat'), { recursive: true })
  writeFileSync(join(root, '.local/share/packetboat/client.lock'), '')
  const spool = folderSpool(join(root, '.local/share/packetboat/outbox'), Date.now)
  const env = {
    HOME: root,
    // s-nail gives root its own home again.
    PACKETBOAT_CONFIG: join(root, '.config/packetboat/packetboat.toml'),
    PACKETBOAT_DATA: join(root, '.local/share/packetboat'),
    DEAD: join(root, 'dead.letter'),
    PATH: `${join(root, 'bin')}:${process.env['PATH']}`,
    TERM: 'dumb',
  }
  return {
    root,
    sendmail: join(root, 'bin/sendmail'),
    env,
    spool,
    run: (program, args, input = '') => {
      const { status, stdout, stderr } = spawnSync(program, args, {
        cwd: root,
        env,
        input,
        encoding: 'utf8',
        timeout: 120_000,
      })
      return { code: status, said: stdout + stderr }
    },
    waiting: async () => {
      const all: { mail: SpooledMail; text: string }[] = []
      for (const mail of await spool.list()) {
        const opened = await spool.read(mail.name)
        assert.ok(opened)
        const chunks: Uint8Array[] = []
        for await (const chunk of readRange(opened)) chunks.push(chunk)
        await opened.close()
        all.push({ mail, text: Buffer.concat(chunks).toString() })
      }
      return all
    },
  }
}

for (const program of ['mutt', 'neomutt'])
  test(`${program} hands its mail to the link, with who gets it and what reports it wants`, {
    skip: needs(program, '-v'),
  }, async (t) => {
    const { root, sendmail, run, waiting } = makeSender(t)
    const rc = join(root, 'rc')
    writeFileSync(
      rc,
      `set sendmail = "${sendmail}"\nset sendmail_wait = 30\nset copy = no\nset from = "ann@example.org"\nset use_envelope_from\nset dsn_notify = "failure,delay"\nset dsn_return = hdrs\n`,
    )
    writeFileSync(join(root, 'plan.txt'), 'The plan.\n')
    const args = ['-n', '-F', rc, '-s', 'Grüße', '-b', 'eve@x.org', '-a', 'plan.txt', '--', 'bob@x.org']
    const { code, said } = run(program, args, 'Hello.\n.\nBye.\n')
    assert.equal(code, 0, said)
    const [queued, ...others] = await waiting()
    assert.ok(queued && others.length === 0)
    assert.deepEqual(queued.mail.envelope, {
      from: 'ann@example.org',
      recipients: ['bob@x.org', 'eve@x.org'],
      notify: ['failure', 'delay'],
      ret: 'headers',
    })
    assert.match(queued.text, /^Date: [\s\S]*\nFrom: .*ann@example\.org[\s\S]*\n\.\nBye\.\n/)
    assert.equal(queued.text.match(/^From:/gm)?.length, 1)
  })

test('the first lines of docs/SENDING.md queue a mail and list it', (t) => {
  const { run } = makeSender(t)
  const [send, , outbox, columns = ''] = linesOf('SENDING.md', 'Sending mail')
  const typed = (line = '') => run('sh', ['-c', line.replace(/^\$ /, '')])
  assert.match(typed(send).said, /^Queued as \w+\.\n$/)
  const [head = '', row = ''] = typed(outbox).said.split('\n')
  assert.deepEqual(head.split(/\s+/), columns.split(/\s+/))
  assert.match(row, /queued +bob@example\.net/)
})

test('mutt shows the person why a mail is refused', { skip: needs('mutt', '-v') }, async (t) => {
  const { root, sendmail, run, waiting } = makeSender(t)
  const rc = join(root, 'rc')
  writeFileSync(rc, `set sendmail = "${sendmail}"\nset sendmail_wait = 30\nset copy = no\n`)
  const { code, said } = run(
    'mutt',
    ['-n', '-F', rc, '-e', 'set use_domain=no', '-s', 'x', '--', 'bob'],
    'x\n',
  )
  assert.notEqual(code, 0)
  assert.match(said, /"bob" has no domain/)
  assert.deepEqual(await waiting(), [])
})

test('git send-email sends patches by the link, and by a command', {
  skip: needs('git', 'send-email', '--dump-aliases') || needs('perl', '-MMail::Address', '-e1'),
}, async (t) => {
  const { root, sendmail, run, waiting } = makeSender(t)
  // Where the machine has no domain, git makes up no address.
  const ann = ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.org']
  const git = (...args: string[]): string =>
    execFileSync('git', [...ann, ...args], {
      cwd: root,
      encoding: 'utf8',
    })
  git('init', '-q', '.')
  git('commit', '-q', '--allow-empty', '-m', 'Nothing')
  writeFileSync(join(root, 'f'), 'one\n')
  git('add', 'f')
  git('commit', '-q', '-m', 'Add a file')
  git('format-patch', '-q', '-1')
  const usual = [
    ...ann,
    'send-email',
    '--quiet',
    '--confirm=never',
    '--from=Ann <ann@example.org>',
    '--to=list@x.org',
  ]
  for (const how of [
    [`--smtp-server=${sendmail}`, '--envelope-sender=ann@example.org'],
    ['--sendmail-cmd=packetboat sendmail'],
  ]) {
    const { code, said } = run('git', [...usual, '--suppress-cc=all', ...how, '0001-Add-a-file.patch'])
    assert.equal(code, 0, said)
  }
  const all = await waiting()
  assert.equal(all.length, 2)
  for (const { mail, text } of all) {
    assert.deepEqual(mail.envelope, { from: 'ann@example.org', recipients: ['list@x.org'] })
    assert.match(text, /^From: Ann <ann@example\.org>\r?\nTo: list@x\.org/)
    assert.match(text, /Add a file[\s\S]*\+one/)
  }
})

test('aerc sends by the link', {
  skip:
    needsTmux.skip ||
    needs('aerc', '-v') ||
    (existsSync('/usr/share/aerc/binds.conf') ? false : 'aerc has its defaults elsewhere'),
}, async (t) => {
  const { root, env, waiting } = makeSender(t)
  const folder = join(root, '.config/aerc')
  for (const made of [folder, ...['cur', 'new', 'tmp'].map((each) => join(root, 'Mail/INBOX', each))])
    mkdirSync(made, { recursive: true })
  const account =
    '[me]\nsource = maildir://~/Mail\nfrom = Ann <ann@example.org>\noutgoing = packetboat sendmail\n'
  writeFileSync(join(folder, 'accounts.conf'), account, { mode: 0o600 })
  const defaults = (name: string): string => readFileSync(join('/usr/share/aerc', name), 'utf8')
  writeFileSync(join(folder, 'binds.conf'), defaults('binds.conf'))
  writeFileSync(join(folder, 'aerc.conf'), defaults('aerc.conf').replace(/^#?editor=.*$/m, 'editor=true'))
  const screen = openScreen(t, ['aerc'], {
    socket: join(root, 'tmux'),
    columns: 110,
    env: {
      ...env,
      TERM: 'xterm-256color',
      XDG_CONFIG_HOME: join(root, '.config'),
      XDG_DATA_HOME: join(root, '.local/share'),
      XDG_RUNTIME_DIR: root,
    },
  })
  await screen.shows(/INBOX/)
  screen.press(':', 'compose -H "To:bob@x.org" -H "Cc:eve@x.org" -H "Subject:tide"', 'Enter')
  await screen.shows(/Send this email/)
  screen.press('y')
  await until(
    async () => (await waiting()).length > 0,
    () => screen.screen().join('\n'),
  )
  const [queued] = await waiting()
  assert.deepEqual(queued?.mail.envelope.recipients, ['bob@x.org', 'eve@x.org'])
  assert.equal(queued?.mail.envelope.from, 'ann@example.org')
  assert.match(queued?.text ?? '', /^Subject: tide\r?$/m)
})

test('s-nail sends by the link', { skip: needs('s-nail', '-V') }, async (t) => {
  const { sendmail, run, waiting } = makeSender(t)
  const args = ['-n', '-S', `mta=${sendmail}`, '-S', 'sendwait', '-r', 'ann@example.org']
  const { code, said } = run('s-nail', [...args, '-s', 'tide', '-c', 'eve@x.org', 'bob@x.org'], 'Hello.\n')
  assert.equal(code, 0, said)
  const [queued] = await waiting()
  assert.deepEqual(queued?.mail.envelope.recipients, ['bob@x.org', 'eve@x.org'])
  assert.equal(queued?.mail.envelope.from, 'ann@example.org')
  assert.match(queued?.text ?? '', /Subject: tide[\s\S]*Hello\.\n/)
})

test('cron and PHP call it as they do', async (t) => {
  const { sendmail, run, waiting } = makeSender(t, 'localMail = "me@y.org"\n')
  const cron = 'From: root (Cron Daemon)\nTo: root\nSubject: Cron <root@boat> df\n\nfull\n'
  assert.deepEqual(run(sendmail, ['-i', '-FCronDaemon', '-B8BITMIME', '-oem', 'root'], cron), {
    code: 0,
    said: '',
  })
  const php = 'To: bob@x.org\r\nSubject: form\r\nX-PHP-Originating-Script: 33:a.php\r\n\r\nfilled\r\n'
  assert.deepEqual(run(sendmail, ['-t', '-i'], php), { code: 0, said: '' })
  const said = run(join(sendmail, '../mailq'), []).said
  assert.match(said, /me@y\.org[\s\S]*bob@x\.org/)
  assert.deepEqual(run(join(sendmail, '../newaliases'), []), { code: 0, said: '' })
  assert.equal((await waiting()).length, 2)
})

test('it sends while a sync holds the lock, and with a database that is no database', async (t) => {
  const { root, sendmail, run, waiting } = makeSender(t)
  const data = join(root, '.local/share/packetboat')
  mkdirSync(data, { recursive: true })
  writeFileSync(join(data, 'replica.db'), 'no database')
  writeFileSync(join(data, 'client.lock'), `${process.pid}\n`)
  assert.equal(run(sendmail, ['bob@x.org'], 'Hello.\n').code, 0)
  assert.equal((await waiting()).length, 1)
  assert.equal(readFileSync(join(data, 'replica.db'), 'utf8'), 'no database')
})

test('mail that is held here can be taken back', async (t) => {
  const { root, sendmail, run, waiting } = makeSender(t)
  assert.equal(run(sendmail, ['--hold', 'bob@x.org'], 'Hello.\n').code, 0)
  const [held] = await waiting()
  assert.ok(held?.mail.held)
  assert.equal(run(join(root, 'bin/packetboat'), ['outbox', 'cancel', held.mail.name]).code, 0)
  assert.deepEqual(await waiting(), [])
})
