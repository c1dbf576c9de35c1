import { Option } from 'commander'
import { lineSettings } from '../../link/profile/line-settings.js'
import {
  checkConfig,
  conflictsCommand,
  doctorCommand,
  duplicatesCommand,
  editConfig,
  evictCommand,
  exampleConfig,
  expungedCommand,
  fetchCommand,
  init,
  installService,
  linksCommand,
  listCommand,
  logCommand,
  mailboxesCommand,
  problemsCommand,
  readCommand,
  removeService,
  runScheduleCommand,
  scheduleCommand,
  searchCommand,
  setConfig,
  settleCommand,
  setupCommand,
  showConfig,
  showService,
  status,
  syncCommand,
  unsetConfig,
  usageCommand,
  waitingCommand,
} from '../command-actions.js'
import type { CommandContext } from '../command-context.js'
import type { DocumentedCommand } from '../documented-command.js'
import { budgetSettings } from '../settings/budget-settings.js'
import { clientSettings } from '../settings/client-settings.js'
import { generalSettings } from '../settings/general-settings.js'
import { type Grouping, groupings } from '../usage/usage-rows.js'
import { accountOption, collect, count, durationOption, seconds, sizeOption } from './options.js'
import type { CommonOptions, Toolkit } from './toolkit.js'

type PlacedOptions = CommonOptions & { readonly account?: string }

/** What is done on the side that asks; some of it works on an endpoint's accounts too. */
export function addClientCommands({
  program,
  command,
  clientCommand,
  lookCommand,
  group,
  settingOption,
  run,
}: Toolkit): void {
  const line = lineSettings.settings
  const lineOptions = (made: DocumentedCommand): DocumentedCommand =>
    made
      .option('-q, --quiet', 'print only warnings and errors')
      .option('-V, --verbose', 'print what came for each mailbox')
      .option('--ext-exit', 'exit with 32 (endpoint changed), 64 (changed here), 96 (both)')
      .option('--wait <seconds>', 'wait this long for another run to end', seconds)
      .addOption(settingOption(line.defaultLink, 'the link profile to use (see packetboat links)'))
      .addOption(settingOption(line.limitRate, 'the highest rate in either direction'))
      .addOption(settingOption(line.stallTimeout, 'give up a line when nothing moves this long'))
      .addOption(settingOption(line.giveUpAfter, 'stop after this long without progress'))
      .addOption(settingOption(budgetSettings.settings.maxBytes, 'stop before more bytes have moved'))
      .addOption(settingOption(budgetSettings.settings.maxTime, 'stop after this long'))
      .addOption(settingOption(budgetSettings.settings.until, 'stop at this time of day'))
      .addOption(settingOption(budgetSettings.settings.maxCost, 'stop before it costs more'))

  /** Runs another command line for the same place and account. */
  const again =
    (options: PlacedOptions) =>
    ([name = '', ...words]: readonly string[]): Promise<number> =>
      run([
        name,
        ...(options.config === undefined ? [] : ['--config', options.config]),
        ...(options.data === undefined ? [] : ['--data', options.data]),
        ...(options.json ? ['--json'] : []),
        ...(options.account === undefined ? [] : ['--account', options.account]),
        ...words,
      ])
  clientCommand(
    program,
    'setup',
    'set up this machine by questions: a client, or an endpoint',
    (context: CommandContext, options: PlacedOptions) => setupCommand(context, again(options)),
  )
  clientCommand(
    program,
    'init [pairing]',
    'set up with a pairing string: asked for, - (stdin) or @FILE',
    init,
  )
    .addOption(
      settingOption(clientSettings.settings.maildir, 'the Maildir for the mail (default: ~/Maildir)'),
    )
    .addOption(settingOption(generalSettings.settings.names, 'encoding of mailbox names on disk'))
    .addOption(settingOption(generalSettings.settings.layout, 'layout of the folders in the Maildir'))
    .addOption(
      settingOption(clientSettings.settings.attachments, 'fetch attachments up to this size at once'),
    )
    .option('--force', 'replace the pairing string, for the same account')
    .option('--merge', 'merge the mail here with the mail of another account')
    .option('--again', 'start over: compare by digest, fetch only what is missing')
    .option('--no-check', "don't try the pairing string at the endpoint")
    .example('packetboat init', 'paste the pairing string, which is a secret')
    .example('packetboat init @pairing --maildir ~/Mail --attachments 20k', '')
  lineOptions(clientCommand(program, 'sync [mailboxes...]', 'sync all mailboxes, or only these', syncCommand))
    .option('--allow-expunge <mailbox>', 'delete any share of it without asking; can be repeated', collect)
    .option('--jitter <seconds>', 'first wait for a random time up to this', seconds)
    .option('--dry-run', 'print what would move, up and down, and end')
    .option('--choose', 'ask which mailboxes to fetch, then which attachments')
    .example('packetboat sync INBOX', 'only this mailbox')
    .example('packetboat sync --link iridium --max-cost "2 USD"', '')
  lineOptions(
    clientCommand(program, 'evict', 'sync, then take mail older than keep says off this disk', evictCommand),
  )
    .option('--dry-run', 'only print how much would leave')
    .example('packetboat evict --dry-run', 'the endpoint is not asked')
  clientCommand(program, 'schedule', 'print when packetboat run syncs next', scheduleCommand)
  const scheduled = clientCommand(
    program,
    'run',
    'sync on the schedule in the settings, until stopped',
    (context: CommandContext, options: PlacedOptions) => runScheduleCommand(context, again(options)),
  )
  scheduled.example('systemctl --user enable --now packetboat-run', 'unit in contrib/systemd')
  clientCommand(program, 'usage', 'print what the line has cost', usageCommand)
    .addOption(
      new Option('--by <what>', 'what each row sums up').choices(groupings).default('day' satisfies Grouping),
    )
    .option('--since <date>', 'since a day, a month or a year, like 2026-11-25')
    .option('--plot <file>', 'also draw it, as SVG')
    .option('--html <file>', 'also write table and drawing to a web page')
    .example('packetboat usage --by mailbox --since 2026-11', '')
  clientCommand(program, 'status', 'print what is here, what is missing and what waits to go up', status)
    .option('--max-age <duration>', 'exit with 13 if the last good sync is older', durationOption)
    .example('packetboat status --max-age 24h >/dev/null', 'for cron')
  lineOptions(
    clientCommand(
      program,
      'fetch [names...]',
      'fetch messages or parts: NAME, NAME/N, or - (stdin)',
      fetchCommand,
    ),
  )
    .option('--mailbox <pattern>', 'what is missing in these mailboxes')
    .option('--from <glob>', "what is missing from a sender, like 'ann@*'")
    .option('--under <size>', 'only parts up to this size, like 100k', sizeOption)
    .option('--all', 'everything that is missing, except what you refused')
    .option('--gist', 'fetch a few words of what they say instead')
    .option('--later', 'leave it to the next sync')
    .example('packetboat fetch 9c1d02aa71f0/2', 'one part (see packetboat waiting)')
  clientCommand(
    program,
    'waiting',
    'list what is missing, in the order in which it would come',
    waitingCommand,
  )
    .option('--take <names...>', 'fetch these with the next sync')
    .option('--later <names...>', 'fetch these only when asked')
    .option('--never <names...>', 'never fetch or list these')
    .option('--all', 'also list what you refused, and header fields that nobody reads')
    .example('packetboat waiting --never 9c1d02aa71f0/2', '')
  lookCommand(program, 'list [mailbox]', 'list the messages of a mailbox, newest first', listCommand)
    .option('--limit <count>', 'list at most this many', count, 50)
    .example('packetboat list Archive --limit 200', '')
  lookCommand(program, 'read <name>', 'print a message, or a part of it: NAME or NAME/N', readCommand)
    .option('--headers', 'print all of its header fields')
    .option('--raw', 'print its bytes as they are')
    .example('packetboat read 9c1d02aa71f0', 'a name of packetboat list')
    .example('packetboat read 9c1d02aa71f0/2 --raw > photo.jpg', 'one part')
  lookCommand(program, 'search [words...]', 'list messages that have all of these words', searchCommand)
    .option('--mailbox <pattern>', 'only in these mailboxes')
    .option('--limit <count>', 'list at most this many (50, ashore 20)', count)
    .option('--ashore', "ask the endpoint, with the next sync, for what isn't here")
    .option('--again', 'ask the endpoint once more')
    .option('--keep <name>', 'show what it found in the mailbox Search/NAME')
    .option('--take <hits>', 'fetch some of what it found: 1,3-5 or all')
    .example('packetboat search grusse ann', 'finds "Grüße" from Ann, or to her')
    .example('packetboat search from:ann after:2019 harbour', 'also to:, in:, subject:')
    .example('packetboat search --ashore dues', 'asks, or lists what was found')
    .example('packetboat search --ashore dues --take 1,2', '')
  lookCommand(program, 'log', 'print what the last runs did, message by message', logCommand)
    .option('--limit <runs>', 'print at most this many runs', count, 20)
    .example('packetboat log --limit 1', 'the last run that did anything')
  clientCommand(
    program,
    'doctor',
    'check settings, disk, mail, database, line and endpoint, and say what to do',
    doctorCommand,
  )
    .option('--offline', "don't use the line (it takes 1 to 4 kB)")
    .example('packetboat doctor --json', 'for monitoring: exit code 1 if anything is wrong')
  clientCommand(
    program,
    'mailboxes',
    'list mailboxes, in the order in which they are synced',
    mailboxesCommand,
  )
  clientCommand(
    program,
    'links',
    'list link profiles, what is known of each, and which is in use',
    linksCommand,
  )
  command(program, 'conflicts', 'list conflicts: both sides changed the same mail', conflictsCommand)
    .option('--all', 'also list settled ones')
    .addOption(accountOption())
  command(program, 'settle <number>', 'settle a conflict: keep one version, or both', settleCommand)
    .addOption(
      new Option('--keep <which>', 'the version to keep')
        .choices(['here', 'there', 'both'])
        .makeOptionMandatory(),
    )
    .addOption(accountOption())
    .example('packetboat settle 3 --keep both', 'a number of packetboat conflicts')
  command(
    program,
    'problems',
    "list messages and mailboxes that can't be synced now, and why",
    problemsCommand,
  )
    .option('--retry', 'try all of them again with the next sync')
    .addOption(accountOption())
  clientCommand(program, 'duplicates [mailbox]', 'list exact duplicates', duplicatesCommand)
    .option('--fold', 'ask, then make one message of each set, with the flags of all')
    .option('--yes', "don't ask")
  command(program, 'expunged', 'list messages that syncs deleted here, and restore them', expungedCommand)
    .option('--restore <name>', 'restore this one, or all, as new mail')
    .addOption(accountOption())
  const service = group('service', 'have systemd or cron run packetboat by itself, for this user')
  command(service, 'install', 'sync every hour, or by the schedule in the settings', installService)
    .option('--endpoint', 'run the endpoint instead')
    .example('packetboat service install --endpoint', 'from then on, packetboat serve runs')
  command(service, 'show', 'print what it has written, and whether it runs', showService)
  command(service, 'remove', 'stop it, and delete what it has written', removeService)
  const config = group('config', 'print, check and change the settings')
  const side = ['--endpoint', 'the settings of the endpoint'] as const
  clientCommand(config, 'show', 'print the settings in force, and where each is set', showConfig)
    .option('--changed', 'only settings that differ from the defaults')
    .option('--all', 'also settings without a value, and built-in links')
    .option('--defaults', 'print the defaults')
    .option(...side)
  clientCommand(config, 'check', 'print what is wrong, with its line', checkConfig).option(...side)
  clientCommand(config, 'set <key> <values...>', 'change one setting; several values are a list', setConfig)
    .option(...side)
    .example('packetboat config set link.iridium.price "1.20 USD/min"', '')
    .example("packetboat config set mailboxes '*' '!Junk'", '')
  clientCommand(config, 'unset <key>', 'take a setting, or a table, out of the file', unsetConfig)
    .option(...side)
    .example('packetboat config unset link.iridium', '')
  command(config, 'edit', 'open the settings in your editor, and check them', editConfig).option(...side)
  command(config, 'example', 'print a file with every setting, commented out', exampleConfig).example(
    'packetboat config example > packetboat.toml',
    '',
  )
}
