import { unnamedLink } from '../../link/profile/link-profile.js'
import { acquireLock, type Lock, type LockOptions, lockHolder } from '../../store/sqlite/kernel-lock.js'
import type { Codec } from '../../wire/compression/codec.js'
import type { CommandContext } from '../command-context.js'
import { whyNothingLeaves } from '../settings/check-settings.js'
import {
  type ClientSettings,
  clientSettingsOf,
  synchronousOf,
  windowsOf,
} from '../settings/client-settings.js'
import { asideOf, guardOf } from '../settings/general-settings.js'
import type { OpenConfig } from '../settings/open-config.js'
import { checkWebAssembly } from './check-webassembly.js'
import { oneAccount } from './each-account.js'
import { type OpenAccount, openAccount, startCodec } from './open-account.js'
import { giveSpareRoom, keepSpareRoom } from './spare-room.js'

/** The client of a data directory, opened and locked for one command. */
export interface ClientSession {
  readonly account: OpenAccount
  readonly open: OpenConfig
  readonly settings: ClientSettings
  /** The disk of its mail or of its database is nearly full: nothing should come but what makes room. */
  readonly isDiskFull: boolean
  /** What is to be done when others may work on it again, in this order. */
  readonly afterwards: (() => Promise<void>)[]
  close(): Promise<void>
}

/**
 * Opens the client's account. One command at a time works on it; the lock goes with the process, however it
 * ends. A command that only reads, or only records a wish (`replica/wishes.ts`), runs `beside` another.
 */
export async function openClient(
  context: CommandContext,
  options: {
    readonly waitMs?: number
    readonly beside?: boolean
    readonly exchanges?: boolean
    readonly makesRoom?: boolean
  } = {},
): Promise<ClientSession> {
  const open = oneAccount(context).open('client')
  const settings = clientSettingsOf(open)
  if (options.beside) {
    const account = await openClientAccount(open, settings, { beside: true })
    return { account, open, settings, isDiskFull: false, afterwards: [], close: () => account.close() }
  }
  const { waitMs, exchanges = false, makesRoom = false } = options
  const lock = await lockClient(open, { signal: context.signal, ...(waitMs !== undefined && { waitMs }) })
  try {
    const isDiskFull = makesRoom && giveSpareRoom(open.data, settings.maildir)
    if (exchanges) checkWebAssembly()
    const codec = exchanges ? await startCodec() : undefined
    const account = await openClientAccount(open, settings, codec ? { codec } : {})
    await account.mailStore.aside.trim()
    const afterwards: ClientSession['afterwards'] = []
    return {
      account,
      open,
      settings,
      isDiskFull,
      afterwards,
      close: async () => {
        await account.close()
        if (exchanges) keepSpareRoom(open.data, whyNothingLeaves(open.config) === undefined)
        lock.release()
        for (const work of afterwards) await work()
      },
    }
  } catch (error) {
    lock.release()
    throw error
  }
}

/** One command at a time changes it. Throws LOCKED, INTERRUPTED, READ_ONLY. */
export function lockClient(open: OpenConfig, options: LockOptions): Promise<Lock> {
  return acquireLock(lockOf(open), options)
}

const lockOf = ({ data }: OpenConfig): string => data.path('client.lock')

/** Whether another command works on it, for words to a person. */
export function isAtWork({ open }: Pick<ClientSession, 'open'>): boolean {
  return lockHolder(lockOf(open)) !== undefined
}

function openClientAccount(
  { data, config }: OpenConfig,
  settings: ClientSettings,
  options: { readonly beside?: boolean; readonly codec?: Codec },
): Promise<OpenAccount> {
  return openAccount({
    database: data.path('replica.db'),
    mailStore: {
      kind: 'maildir',
      path: settings.maildir,
      names: settings.names,
      layout: settings.layout,
      create: false,
    },
    hasUpstream: true,
    guard: guardOf(settings),
    aside: asideOf(settings),
    synchronous: synchronousOf(settings),
    windows: windowsOf(config, unnamedLink),
    ...options,
  })
}
