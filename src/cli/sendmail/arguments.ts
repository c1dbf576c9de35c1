import { PacketboatError } from '../../errors/packetboat-error.js'
import type { NewMail } from '../../sync/submission/filled-spool.js'

/** What a caller of `sendmail` wants. */
export interface SendmailCall {
  /** `-bp` and `mailq` list, `-bi`, `-I` and `newaliases` do nothing. */
  readonly mode: 'send' | 'list' | 'aliases' | 'help'
  readonly recipients: readonly string[]
  /** `-t` */
  readonly fromHeader: boolean
  /** `-f`, `-r`: '' is the null reverse-path. */
  readonly from?: string
  /** `-F` */
  readonly fullName?: string
  readonly dsn: Pick<NewMail['envelope'], 'notify' | 'ret' | 'envelopeId'>
  readonly verbose: boolean
  readonly urgent: boolean
  readonly hold: boolean
  readonly asIs: boolean
  /** `--at` */
  readonly at?: string
  readonly account?: string
  readonly config?: string
  readonly data?: string
  readonly json: boolean
}

/** Letters without a value, and what msmtp, too, takes and ignores. */
const flags = 'tivIGmnU'
/** Letters with one, behind them or as the next argument. */
const withValue = 'fFrNRVbBoOhLXApac'
const longFlags: ReadonlySet<string> = new Set(['urgent', 'hold', 'as-is', 'json', 'help'])
const longWithValue: ReadonlySet<string> = new Set(['at', 'account', 'config', 'data'])
/** Letters whose value is always right behind them, where there is one. */
const valueAttached = 'e'

/** What real programs ask of a sendmail that is none: why not, and what does it. */
const refused: Readonly<Record<string, string>> = {
  bs: 'It speaks no SMTP on its standard input: have your program call it with the recipients as arguments.',
  bd: 'It is no server. packetboat run sends by itself whenever there is a line.',
  bD: 'It is no server. packetboat run sends by itself whenever there is a line.',
  bv: "It doesn't check addresses: the mail server does, when the mail gets there.",
  q: 'packetboat sync sends what waits, and packetboat run does so by itself.',
}

/**
 * Reads a command line as sendmail programs do: letters together or apart, options before and after
 * recipients, `--` before the last ones. Throws USAGE for an unknown option: ignoring one could change who
 * gets the mail.
 */
export function parseArguments(args: readonly string[], calledAs = 'sendmail'): SendmailCall {
  const letters = new Map<string, string>()
  const long = new Map<string, string>()
  const recipients: string[] = []
  const rest = [...args]
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === '--') recipients.push(...rest.splice(0))
    else if (arg.startsWith('--')) readLong(arg, rest, long)
    else if (arg.startsWith('-') && arg !== '-') readLetters(arg, rest, letters)
    else recipients.push(arg)
  }
  const from = letters.get('f') ?? letters.get('r')
  const fullName = letters.get('F')
  const [account, at] = [letters.get('a') ?? long.get('account'), long.get('at')]
  const [config, data] = [letters.get('c') ?? long.get('config'), long.get('data')]
  return {
    mode: long.has('help') ? 'help' : modeOf(letters, calledAs),
    recipients,
    fromHeader: letters.has('t'),
    ...(from !== undefined && { from: from === '<>' ? '' : from }),
    ...(fullName && { fullName }),
    dsn: dsnOf(letters),
    verbose: letters.has('v'),
    urgent: long.has('urgent'),
    hold: long.has('hold'),
    asIs: long.has('as-is'),
    json: long.has('json'),
    ...(at !== undefined && { at }),
    ...(account !== undefined && { account }),
    ...(config !== undefined && { config }),
    ...(data !== undefined && { data }),
  }
}

function readLong(arg: string, rest: string[], into: Map<string, string>): void {
  const [, name = '', attached] = /^--([^=]*)(?:=([\s\S]*))?$/.exec(arg) ?? []
  if (longFlags.has(name) && attached === undefined) into.set(name, '')
  else if (longWithValue.has(name)) into.set(name, attached ?? nextOf(rest, arg))
  else throw unknown(arg)
}

function readLetters(arg: string, rest: string[], into: Map<string, string>): void {
  for (let at = 1; at < arg.length; at++) {
    const letter = arg.charAt(at)
    const attached = arg.slice(at + 1)
    if (valueAttached.includes(letter)) return
    if (withValue.includes(letter)) {
      const value = attached === '' ? nextOf(rest, arg) : attached
      if (letter === 'b') into.set(`b${value}`, '')
      else into.set(letter, value)
      return
    }
    if (!flags.includes(letter)) throw unknown(letter === 'q' ? '-q' : arg, letter === 'q' ? 'q' : undefined)
    into.set(letter, '')
  }
}

function nextOf(rest: string[], arg: string): string {
  const value = rest.shift()
  if (value === undefined) throw usage(`The option ${arg} needs a value behind it.`)
  return value
}

function modeOf(letters: ReadonlyMap<string, string>, calledAs: string): SendmailCall['mode'] {
  const modes = [...letters.keys()].filter((each) => each.length > 1 && each.startsWith('b'))
  if (calledAs === 'newaliases' || letters.has('I') || modes.includes('bi')) return 'aliases'
  if (calledAs === 'mailq' || modes.includes('bp')) return 'list'
  const other = modes.find((each) => each !== 'bm')
  if (other !== undefined) throw unknown(`-${other}`, other)
  return 'send'
}

const notifications = ['never', 'success', 'failure', 'delay'] as const

function dsnOf(letters: ReadonlyMap<string, string>): SendmailCall['dsn'] {
  const words = letters
    .get('N')
    ?.toLowerCase()
    .split(/[\s,]+/)
    .filter((each) => each !== '')
  const notify = notifications.filter((each) => words?.includes(each))
  const wrong = words?.find((each) => !notifications.some((known) => known === each))
  if (wrong !== undefined || words?.length === 0 || (notify.includes('never') && notify.length > 1))
    throw usage(
      `-N ${letters.get('N')}: it should be "never", or some of "success", "failure" and "delay" with commas.`,
    )
  const ret = letters.get('R')?.toLowerCase()
  if (ret !== undefined && !['full', 'hdrs', 'headers'].includes(ret))
    throw usage(`-R ${ret}: it should be "full" or "hdrs".`)
  const envelopeId = letters.get('V')
  // RFC 3461 4.4: 100 characters on the line, where others than these are three.
  if (envelopeId !== undefined && !/^[\x20-\x7e]{1,100}$/.test(envelopeId))
    throw usage('-V: it should be at most 100 characters of ASCII.')
  return {
    ...(words && { notify }),
    ...(ret !== undefined && { ret: ret === 'full' ? ('full' as const) : ('headers' as const) }),
    ...(envelopeId !== undefined && { envelopeId }),
  }
}

function unknown(arg: string, known?: string): PacketboatError {
  return usage(
    `${arg} is no option of packetboat sendmail.`,
    known === undefined ? undefined : refused[known],
  )
}

function usage(what: string, next = 'packetboat sendmail --help lists the options.'): PacketboatError {
  return new PacketboatError('USAGE', what, next)
}
