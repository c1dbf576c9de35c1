/** What is to run by itself: the endpoint, a client's sync every hour, or a client that keeps its own schedule. */
export type ServiceKind = 'serve' | 'hourly' | 'schedule'

/** Node with its options, and this program, by absolute paths: whoever starts it has a PATH of its own. Options of the program behind them. */
export interface Invocation {
  readonly program: readonly string[]
  readonly options: readonly string[]
}

/** What each file, and each line of a crontab, begins or ends with: only those are ever changed. */
export const mark = 'written by packetboat service install; packetboat service remove takes it away'

/** Unit files of a user, by name; the one that is started first. */
export function unitsOf(kind: ServiceKind, how: Invocation): readonly (readonly [string, string])[] {
  const unit = (name: string, lines: readonly string[]): readonly [string, string] => [
    name,
    `# ${mark}\n${lines.join('\n')}\n`,
  ]
  const exec = (...words: string[]): string =>
    [...how.program, ...words, ...how.options].map(quoted).join(' ')
  const always = ['TimeoutStopSec=60', 'UMask=0077', 'NoNewPrivileges=yes']
  // A wrong setting doesn't get right by itself.
  const again = (seconds: number): string[] => [
    'Restart=on-failure',
    `RestartSec=${seconds}`,
    'RestartPreventExitStatus=2 3',
  ]
  const wanted = (by: string): string[] => ['', '[Install]', `WantedBy=${by}`]
  switch (kind) {
    case 'serve':
      return [
        unit('packetboat-serve.service', [
          '[Unit]',
          'Description=packetboat endpoint',
          'Documentation=man:packetboat(1)',
          '',
          '[Service]',
          `ExecStart=${exec('serve')}`,
          'ExecReload=/bin/kill -HUP $MAINPID',
          ...again(10),
          ...always,
          ...wanted('default.target'),
        ]),
      ]
    case 'schedule':
      return [
        unit('packetboat-run.service', [
          '[Unit]',
          'Description=Sync mail with packetboat by its schedule',
          'Documentation=man:packetboat(1)',
          '',
          '[Service]',
          `ExecStart=${exec('run')}`,
          ...again(60),
          ...always,
          ...wanted('default.target'),
        ]),
      ]
    case 'hourly':
      return [
        unit('packetboat.timer', [
          '[Unit]',
          'Description=Sync mail with packetboat now and then',
          'Documentation=man:packetboat(1)',
          '',
          '[Timer]',
          'OnCalendar=hourly',
          'RandomizedDelaySec=5min',
          'Persistent=true',
          ...wanted('timers.target'),
        ]),
        unit('packetboat.service', [
          '[Unit]',
          'Description=Sync mail with packetboat',
          'Documentation=man:packetboat(1)',
          '',
          '[Service]',
          'Type=oneshot',
          `ExecStart=${exec('sync', '--wait', '60')}`,
          '# Busy, no line, or a budget that is used up: the timer tries again.',
          'SuccessExitStatus=4 5 11',
          `ExecStartPost=${exec('status', '--max-age', '24h')}`,
          ...always,
        ]),
      ]
  }
}

/** The names of all files that an installation may have written. */
export const unitNames = [
  'packetboat-serve.service',
  'packetboat-run.service',
  'packetboat.timer',
  'packetboat.service',
]

/** Quotes a word so that systemd reads it back (systemd.service(5), "Command lines"). */
const quoted = (word: string): string =>
  `"${word.replace(/[\\"]/g, '\\$&').replaceAll('%', '%%').replaceAll('$', '$$$$')}"`

/** The line of a crontab that does the same. cron makes an end of line of a `%`. */
export function cronLine(kind: ServiceKind, how: Invocation): string {
  const words = { serve: ['serve'], schedule: ['run'], hourly: ['sync', '--quiet', '--wait', '60'] }[kind]
  const command = [...how.program, ...words, ...how.options]
    .map((word) => `'${word.replaceAll("'", "'\\''")}'`)
    .join(' ')
    .replaceAll('%', '\\%')
  return `${kind === 'hourly' ? '7 * * * *' : '@reboot'} ${command} # ${mark}`
}
