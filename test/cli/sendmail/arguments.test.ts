import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseArguments, type SendmailCall } from '../../../src/cli/sendmail/arguments.js'
import { hasCode } from '../../../src/errors/packetboat-error.js'

const nothingSaid: SendmailCall = {
  mode: 'send',
  recipients: [],
  fromHeader: false,
  dsn: {},
  verbose: false,
  urgent: false,
  hold: false,
  asIs: false,
  json: false,
}

/** Command lines that programs really use, and what they mean. */
const calls: readonly (readonly [who: string, args: string, Partial<SendmailCall>])[] = [
  ['mutt', '-oem -oi -- bob@x.org ann@x.org', { recipients: ['bob@x.org', 'ann@x.org'] }],
  [
    'mutt with dsn_notify and dsn_return',
    '-oem -oi -N failure,delay -R hdrs -- bob@x.org',
    { recipients: ['bob@x.org'], dsn: { notify: ['failure', 'delay'], ret: 'headers' } },
  ],
  [
    'mutt with use_envelope_from and use_8bitmime',
    '-oem -oi -f me@x.org -B8BITMIME -- bob@x.org',
    { from: 'me@x.org', recipients: ['bob@x.org'] },
  ],
  ['aerc', 'bob@x.org ann@x.org', { recipients: ['bob@x.org', 'ann@x.org'] }],
  ['git send-email', '-i bob@x.org', { recipients: ['bob@x.org'] }],
  [
    'git send-email --envelope-sender',
    '-f me@x.org -i bob@x.org',
    { from: 'me@x.org', recipients: ['bob@x.org'] },
  ],
  ['Debian cron', '-i -FCronDaemon -B8BITMIME -oem root', { fullName: 'CronDaemon', recipients: ['root'] }],
  [
    'cronie',
    '-FCronDaemon -i -odi -oem -oi -t -f root',
    { fullName: 'CronDaemon', fromHeader: true, from: 'root' },
  ],
  ['PHP', '-t -i', { fromHeader: true }],
  ['PHP with a fifth argument', '-t -i -fme@x.org', { fromHeader: true, from: 'me@x.org' }],
  ['s-nail', '-i -r me@x.org -- bob@x.org', { from: 'me@x.org', recipients: ['bob@x.org'] }],
  ['letters together', '-tiv', { fromHeader: true, verbose: true }],
  ['a letter that ends in a value', '-tif me@x.org', { fromHeader: true, from: 'me@x.org' }],
  [
    'options behind recipients',
    'bob@x.org -t -f me@x.org',
    { fromHeader: true, from: 'me@x.org', recipients: ['bob@x.org'] },
  ],
  [
    'what others take and msmtp ignores',
    '-bm -G -h 5 -i -L tag -m -n -O a=b -oX -U -X log -A c -p SMTP -em',
    {},
  ],
  ['a null sender', '-f <> bob@x.org', { from: '', recipients: ['bob@x.org'] }],
  [
    'an option of ours',
    '-t --at=18:00 --urgent --hold --as-is',
    { fromHeader: true, at: '18:00', urgent: true, hold: true, asIs: true },
  ],
  [
    'a place',
    '-t -a ann -c file --data dir --json',
    { fromHeader: true, account: 'ann', config: 'file', data: 'dir', json: true },
  ],
  [
    'a name for reports',
    '-N never -R full -V abc -t',
    { fromHeader: true, dsn: { notify: ['never'], ret: 'full', envelopeId: 'abc' } },
  ],
  ['what looks like an option and is none', '-- -t', { recipients: ['-t'] }],
  ['the queue', '-bp', { mode: 'list' }],
  ['the aliases', '-bi', { mode: 'aliases' }],
  ['the aliases by a letter', '-I', { mode: 'aliases' }],
]

for (const [who, args, expected] of calls)
  test(`sendmail ${args} (${who})`, () => {
    assert.deepEqual(parseArguments(args.split(' ')), { ...nothingSaid, ...expected })
  })

test('an empty sender is the null sender, as PHP and daemons write it', () => {
  assert.equal(parseArguments(['-f', '', 'bob@x.org']).from, '')
})

test('the name by which it is called says what it does', () => {
  assert.equal(parseArguments([], 'mailq').mode, 'list')
  assert.equal(parseArguments([], 'newaliases').mode, 'aliases')
})

const refused = [
  '-bs',
  '-bd',
  '-bv bob@x.org',
  '-bt',
  '-q',
  '-q30m',
  '-Z',
  '-Cfile',
  '-tz',
  '--unknown',
  '--urgent=yes',
  '--at',
  '-f',
  '-N sometimes',
  '-N never,success',
  '-N ,',
  '-R some',
  `-V ${'x'.repeat(101)}`,
]

for (const args of refused)
  test(`sendmail ${args.slice(0, 40)} is refused`, () => {
    assert.throws(
      () => parseArguments(args.split(' ')),
      (error) => hasCode(error, 'USAGE'),
    )
  })
