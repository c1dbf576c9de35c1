import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type FixtureMessage, makeMail } from '../../../fixtures/make-mail.js'
import { writeMaildir } from '../../../fixtures/write-maildir.js'
import { type SlowLine, startSlowLine } from '../../../src/link/slow-line.js'
import { callProgram } from './call.js'
import { compareTrees, type TreeComparison } from './compare-trees.js'
import { callEndpoint, type Endpoint, startEndpoint } from './endpoint.js'
import { type MaildirPerson, maildirPerson } from './maildir-person.js'
import {
  describeRun,
  type JsonEvent,
  lastEvent,
  type Program,
  type ProgramOptions,
  type RunResult,
  runProgram,
  startProgram,
} from './program.js'

export interface WorldOptions {
  /** What the server's Maildir holds. Default: 40 messages with small attachments. */
  readonly mail?: readonly FixtureMessage[]
  /** A line before the endpoint, that can be slow and be cut. None by default: loopback as it is. */
  readonly line?: { readonly bitsPerSecond: number; readonly delayMs: number }
  /** Where a side's data and Maildir go, when they are to have a disk of their own. */
  readonly disks?: { readonly server?: string; readonly client?: string }
  /** As a process of its own it can be killed; within this one, as usual, it can only be told to stop. */
  readonly endpoint?: 'process'
  /** Of the endpoint, which is a process then. */
  readonly serverEnv?: Readonly<Record<string, string>>
}

/** A test hands this in, so that everything is cleaned up however the test ends. `TestContext` is one. */
export interface Cleanup {
  after(run: () => Promise<void>): void
}

export type RunOptions = Partial<Omit<ProgramOptions, 'home'>>

/** One device with its own data and Maildir. */
export interface Client {
  readonly name: string
  readonly data: string
  readonly maildir: string
  readonly person: MaildirPerson
  /** `packetboat sync ARGS`; its last JSON event. Fails when the exit code is another than `code`, 0 by default. */
  sync(args?: readonly string[], options?: RunOptions & { readonly code?: number }): Promise<JsonEvent>
  /** A sync that is left running, to be killed or awaited. */
  startSync(args?: readonly string[], options?: RunOptions): Program
  /** Any command that is left running, with this client's `--data` and `--json`. */
  start(args: readonly string[], options?: RunOptions): Program
  /** When there is mail in the Maildir. */
  arrived(): Promise<void>
  /** `packetboat status --json`. */
  status(): Promise<JsonEvent>
  /** Any command with this client's `--data` and `--json`. */
  run(args: readonly string[], options?: RunOptions): Promise<RunResult>
  /** The server's tree on the left, this client's on the right. */
  compare(): TreeComparison
  /** Throws with the differences, each on a line. Stand-ins count as their messages when `standIns` is true. */
  assertInStep(options?: { readonly standIns?: boolean }): void
}

/** An endpoint over a Maildir, and a client of it, `laptop`. */
export interface World extends Client {
  readonly root: string
  readonly server: { readonly data: string; readonly maildir: string; readonly person: MaildirPerson }
  readonly line: SlowLine | undefined
  /** HOST:PORT of the endpoint itself; a restart keeps it. */
  readonly address: string
  /** Another paired device, initialised and not yet synced. */
  addClient(name: string): Promise<Client>
  /** Ends the endpoint by this signal, and waits until it is gone. SIGTERM alone, unless it is a process. */
  kill(signal: NodeJS.Signals): Promise<RunResult>
  /** Starts the endpoint again at the same address. One that still runs is killed, so it must be a process. */
  restart(): Promise<void>
  /** Any command, with only these arguments: no `--data` is added. */
  command(args: readonly string[], options?: RunOptions): Promise<RunResult>
}

/** Makes everything below one temporary folder, which goes again with all processes when the test has ended. */
export async function makeWorld(t: Cleanup, options: WorldOptions = {}): Promise<World> {
  const root = mkdtempSync(join(tmpdir(), 'packetboat-world-'))
  const closing: (() => Promise<unknown>)[] = [async () => rmSync(root, { recursive: true, force: true })]
  t.after(async () => {
    for (const close of [...closing].reverse()) await close()
  })
  const home = join(root, 'home')
  mkdirSync(join(home, 'tmp'), { recursive: true })
  const endpoints: Endpoint[] = []
  closing.push(async () => endpoints.at(-1)?.close())
  const started = new Set<Program>()
  closing.push(async () => {
    for (const program of started) await program.kill('SIGKILL').catch(() => undefined)
  })
  const start = (args: readonly string[], runOptions: RunOptions = {}): Program => {
    const program = startProgram(args, { ...runOptions, home })
    started.add(program)
    const forget = (): void => void started.delete(program)
    program.ended.then(forget, forget)
    return program
  }
  const command: World['command'] = (args, runOptions = {}) =>
    runOptions.env ? runProgram(args, { ...runOptions, home }) : callProgram(args, { ...runOptions, home })

  const { disks, serverEnv } = options
  const ofServer = disks?.server ?? root
  const server = { data: join(ofServer, 'endpoint'), maildir: join(ofServer, 'server-mail') }
  writeMaildir(
    server.maildir,
    options.mail ?? makeMail({ seed: 40, messages: 40, attachments: { share: 0.1, scale: 0.1 } }),
  )
  const serveOptions = { home, timeoutMs: asLongAsTheTest, ...(serverEnv && { env: serverEnv }) }
  const serve = options.endpoint === 'process' || serverEnv ? startEndpoint : callEndpoint
  const gone = new Map<Endpoint, string>()
  const serveAt = async (listen: string): Promise<Endpoint> => {
    const args = serveArgs(server, listen)
    const endpoint = await serve(args, serveOptions)
    endpoints.push(endpoint)
    endpoint.ended.then(
      (result) => gone.set(endpoint, describeRun(args, result)),
      (error) => gone.set(endpoint, String(error)),
    )
    return endpoint
  }
  let endpoint = await serveAt('127.0.0.1:0')
  const { address } = endpoint
  const line = options.line
    ? await startSlowLine({ target: parseAddress(address), ...options.line })
    : undefined
  if (line) closing.push(() => line.close())
  const reachable = line ? `${line.address.host}:${line.address.port}` : address

  const addClient = async (name: string): Promise<Client> => {
    const ofClient = disks?.client ?? root
    const [data, maildir] = [join(ofClient, name), join(ofClient, `${name}-mail`)]
    const add = ['device', 'add', 'me', name, '--data', server.data, '--address', reachable]
    const pairing = (await succeeded(add, command(add))).stdout.trim()
    const init = ['init', pairing, '--data', data, '--maildir', maildir]
    await succeeded(init, command(init))
    return makeClient({
      ...{ name, data, maildir, serverMaildir: server.maildir, command, start },
      howEndpointEnded: () => gone.get(endpoint),
    })
  }
  return {
    ...(await addClient('laptop')),
    root,
    server: { ...server, person: maildirPerson(server.maildir, 'server') },
    line,
    address,
    addClient,
    command,
    kill: (signal) => endpoint.kill(signal),
    restart: async () => {
      await endpoint.kill('SIGKILL')
      endpoint = await whenFree(() => serveAt(address))
    },
  }
}

const asLongAsTheTest = 15 * 60_000

/** What listened at an address begins there again: a connection of another test may have its port for a moment, since the system gives such ports to those, too. */
async function whenFree<Served>(serve: () => Promise<Served>): Promise<Served> {
  for (let tries = 1; ; tries++)
    try {
      return await serve()
    } catch (error) {
      if (tries === mostTries || !/something else listens there/.test(String(error))) throw error
      await setTimeout(100)
    }
}

const mostTries = 300

function serveArgs({ data, maildir }: { data: string; maildir: string }, listen: string): string[] {
  return ['serve', '--data', data, '--listen', listen, '--account', `me=maildir:${maildir}`, '--json']
}

function makeClient(parts: {
  readonly name: string
  readonly data: string
  readonly maildir: string
  readonly serverMaildir: string
  readonly command: World['command']
  readonly start: (args: readonly string[], options?: RunOptions) => Program
  /** What it printed, if it has ended. */
  readonly howEndpointEnded: () => string | undefined
}): Client {
  const { name, data, maildir, serverMaildir, command, start, howEndpointEnded } = parts
  const complete = (args: readonly string[]): string[] => [...args, '--data', data, '--json']
  const compare = (): TreeComparison => compareTrees(serverMaildir, maildir)
  const resultOf = async (args: readonly string[], code: number, options?: RunOptions): Promise<JsonEvent> =>
    lastEvent(await succeeded(args, command(complete(args), options), code, howEndpointEnded))
  return {
    name,
    data,
    maildir,
    person: maildirPerson(maildir, name),
    run: (args, options) => command(complete(args), options),
    sync: (args = [], { code = 0, ...options } = {}) => resultOf(['sync', ...args], code, options),
    start: (args, options) => start(complete(args), options),
    arrived: async () => {
      const folders = ['cur', 'new'].map((folder) => join(maildir, folder))
      while (folders.every((folder) => readdirSync(folder).length === 0)) await setTimeout(20)
    },
    startSync: (args = [], options) => start(complete(['sync', ...args]), options),
    status: () => resultOf(['status'], 0),
    compare,
    assertInStep: ({ standIns = false } = {}) => {
      const { equal, equalButForStandIns, standIns: count, differences } = compare()
      if (standIns ? equalButForStandIns : equal) return
      const also = standIns ? [] : [`${count} stand-ins`]
      throw new Error(`${name} is not in step with the server:\n${[...differences, ...also].join('\n')}`)
    },
  }
}

async function succeeded(
  args: readonly string[],
  run: Promise<RunResult>,
  code = 0,
  howEndpointEnded: () => string | undefined = () => undefined,
): Promise<RunResult> {
  const result = await run
  if (result.code === code) return result
  const ended = howEndpointEnded()
  throw new Error(
    `expected exit code ${code}:\n${describeRun(args, result)}${ended ? `\nThe endpoint was gone: ${ended}` : ''}`,
  )
}

function parseAddress(address: string): { host: string; port: number } {
  const at = address.lastIndexOf(':')
  return { host: address.slice(0, at), port: Number(address.slice(at + 1)) }
}
