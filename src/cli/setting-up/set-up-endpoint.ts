import { mkdtempSync, rmSync } from 'node:fs'
import { isIP } from 'node:net'
import { hostname, networkInterfaces, tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { PacketboatError } from '../../errors/packetboat-error.js'
import { isLoopback } from '../../link/loopback.js'
import { checkDeviceName } from '../../link/server/device-name.js'
import { isRefusedLogin } from '../../mailstore/imap/session/imap-errors.js'
import { printText } from '../../settings/kind.js'
import type { CommandContext } from '../command-context.js'
import { addAccount } from '../commands/endpoint/account.js'
import { addDevice } from '../commands/endpoint/device.js'
import { exitCodes } from '../exit-codes.js'
import { tryMailStore } from '../session/mail-store-place.js'
import { type ImapLogin, imapPlace } from '../settings/accounts/imap-table.js'
import { changeSettings } from '../settings/change-settings.js'
import { openDataDir, writePrivateFile } from '../settings/data-dir.js'
import {
  type EndpointSettings,
  endpointSettings,
  newAccount,
  parseAddress,
  placeOf,
} from '../settings/endpoint-settings.js'
import { generalSettings } from '../settings/general-settings.js'
import { placeOnCommandLine } from '../settings/open-config.js'
import { homeOf } from '../settings/user-folders.js'
import { type Asking, asked, fault } from './questions.js'
import type { Run } from './set-up-client.js'

/** From where paths count that a person types. */
const here = placeOnCommandLine(process.env)

interface Answers {
  readonly name: string
  /** `maildir:PATH` or `imap:USER@HOST`, as `packetboat account add` takes it. */
  readonly mail: string
  readonly password: string | undefined
  readonly tls: ImapLogin['tls']
  /** Where devices reach this machine, HOST:PORT. */
  readonly address: string
  readonly device: string
  readonly start: 'here' | 'service' | 'later'
}

/**
 * Asks for what an endpoint needs, then adds the account, writes down the address, pairs the first device,
 * and serves if the person wants that. Writes nothing before the last question.
 */
export async function setUpEndpoint(context: CommandContext, run: Run, at: Asking): Promise<number> {
  const { config, path, dataRoot } = context.load('endpoint')
  const settings = { ...config.values(generalSettings), ...config.values(endpointSettings) }
  if (Object.keys(settings.accounts).length > 0)
    throw new PacketboatError(
      'CONFIG',
      `${path} already sets up an endpoint.`,
      'To serve another account: packetboat account add NAME maildir:PATH. To pair another device: packetboat device add ACCOUNT NAME.',
    )
  const answers = await asked(
    () => askAll(context, settings, at),
    'Nothing was changed.',
    'packetboat setup begins again.',
  )
  const { name, mail, password, tls, address, device, start } = answers
  await addWithLogin(context, { name, mail, password, tls, dataRoot })
  await changeSettings(context, 'endpoint', addressSettings(address))
  await addDevice(context, name, device, { address })
  if (start === 'here') return run(['serve'])
  if (start === 'service') return run(['service', 'install', '--endpoint'])
  context.output.result({ event: 'set-up' }, ['packetboat serve answers it from now on: leave it running.'])
  return exitCodes.done
}

/** A password goes into a file that only its owner reads, and stays only where the server takes it. */
async function addWithLogin(
  context: CommandContext,
  {
    name,
    mail,
    password,
    tls,
    dataRoot,
  }: Pick<Answers, 'name' | 'mail' | 'password' | 'tls'> & { dataRoot: string },
): Promise<void> {
  if (password === undefined) return addAccount(context, name, mail, {})
  const passwordFile = openDataDir(dataRoot).path(`${name}.password`)
  writePrivateFile(passwordFile, `${password}\n`)
  try {
    await addAccount(context, name, mail, { passwordFile, ...(tls !== undefined && { tls }) })
  } catch (error) {
    rmSync(passwordFile, { force: true })
    throw error
  }
}

/** Where the endpoint listens follows from where it is reached: on this machine only, or everywhere. */
function addressSettings(address: string) {
  const { host, port } = parseAddress(address, 'address')
  const open = everyAddress()
  const [own, all] = isIP(host) === 6 ? ['[::1]', '[::]'] : ['127.0.0.1', open]
  const listen = `${isLoopback(host) ? own : all}:${port}`
  return [
    { key: ['listen'], toml: printText(listen) },
    { key: ['address'], toml: printText(address) },
  ]
}

/** IPv4 and, where there is any, IPv6. */
const everyAddress = (): string =>
  Object.values(networkInterfaces()).some((each) => each?.some(({ family }) => family === 'IPv6'))
    ? '[::]'
    : '0.0.0.0'

async function askAll(context: CommandContext, settings: EndpointSettings, at: Asking): Promise<Answers> {
  const { default: input } = await import('@inquirer/input')
  const { default: select } = await import('@inquirer/select')
  const kind = await select(
    {
      message: 'Where is your mail?',
      choices: [
        { value: 'maildir', name: 'in a Maildir on this machine' },
        { value: 'imap', name: 'on an IMAP server' },
      ],
    },
    at,
  )
  const { mail, password, tls } =
    kind === 'imap' ? await askImap(context, settings, at) : await askMaildir(settings, at)
  const name = await input(
    {
      message: 'What should the account be called?',
      default: usualName(),
      validate: (text: string) => fault(() => newAccount(text, 'maildir:/', here)),
    },
    at,
  )
  const address = await input(
    {
      message: 'At which address do your devices reach this machine? HOST:PORT',
      default: `${hostname()}:4190`,
      validate: (text: string) => fault(() => addressSettings(text)),
    },
    at,
  )
  const device = await input(
    {
      message: 'What should the first device be called?',
      default: 'laptop',
      validate: (text: string) => fault(() => checkDeviceName(text)),
    },
    at,
  )
  const start = await select(
    {
      message: 'How should it run?',
      choices: [
        { value: 'here', name: 'now, in this terminal, until I press Ctrl-C' },
        { value: 'service', name: 'by itself, from now on (packetboat service install)' },
        { value: 'later', name: 'I will start packetboat serve' },
      ],
    } as const,
    at,
  )
  return { name, mail, password, tls, address, device, start }
}

async function askMaildir(
  settings: EndpointSettings,
  at: Asking,
): Promise<Pick<Answers, 'mail' | 'password' | 'tls'>> {
  const { default: input } = await import('@inquirer/input')
  const home = homeOf(process.env)
  const path = await input(
    {
      message: 'Which Maildir?',
      default: join(home, 'Maildir'),
      validate: (text: string) =>
        fault(async () => {
          const { store } = newAccount('new', `maildir:${text}`, here)
          await tryMailStore(placeOf(store, settings), here.resolve(text), at.signal)
        }),
    },
    at,
  )
  return { mail: `maildir:${here.resolve(path)}`, password: undefined, tls: undefined }
}

async function askImap(
  { output, signal }: CommandContext,
  settings: EndpointSettings,
  at: Asking,
): Promise<Pick<Answers, 'mail' | 'password' | 'tls'>> {
  const { default: input } = await import('@inquirer/input')
  const { default: password } = await import('@inquirer/password')
  const mail = `imap:${await input(
    {
      message: 'As whom, and on which server? USER@HOST or USER@HOST:PORT, where USER may have an @ too',
      validate: (text: string) =>
        fault(() => newAccount('new', `imap:${text}`, here, { passwordFile: 'file' })),
    },
    at,
  )}`
  const tls = await askTls(mail, at)
  for (;;) {
    const secret = await password(
      {
        message: 'The password (not shown; it is kept in a file that only you can read):',
        validate: (text: string) => text !== '' || 'A password has at least one letter.',
      },
      at,
    )
    try {
      await tryLogin({ mail, password: secret, tls }, settings, signal)
      return { mail, password: secret, tls }
    } catch (error) {
      // A password that the server refuses is asked for again; a server that can't be reached is no question of that.
      if (!isRefusedLogin(error) || signal.aborted) throw error
      output.error(error)
    }
  }
}

/** Logs in with a password that isn't kept. */
async function tryLogin(
  {
    mail,
    password,
    tls,
  }: { readonly mail: string; readonly password: string; readonly tls: ImapLogin['tls'] },
  settings: EndpointSettings,
  signal: AbortSignal,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'packetboat-'))
  try {
    const passwordFile = join(folder, 'password')
    writePrivateFile(passwordFile, `${password}\n`)
    const { store } = newAccount('new', mail, here, { passwordFile, ...(tls !== undefined && { tls }) })
    await tryMailStore(placeOf(store, settings), folder, signal)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Asked only for a port other than the usual one, where TLS runs from the start. */
async function askTls(mail: string, at: Asking): Promise<ImapLogin['tls']> {
  const { host = '', port = 993 } = imapPlace(mail) ?? {}
  if (port === 993) return undefined
  const { default: select } = await import('@inquirer/select')
  const choices = [
    { value: 'tls', name: 'from the start (TLS)' },
    { value: 'starttls', name: 'after STARTTLS, as is usual on port 143' },
    // The settings allow it there only.
    ...(isLoopback(host)
      ? [{ value: 'none', name: 'not at all: the server is on this machine' } as const]
      : []),
  ] as const
  return select(
    { message: 'How is the connection encrypted?', choices, default: port === 143 ? 'starttls' : 'tls' },
    at,
  )
}

function usualName(): string {
  try {
    return newAccount(userInfo().username, 'maildir:/', here).name
  } catch {
    return 'me'
  }
}
