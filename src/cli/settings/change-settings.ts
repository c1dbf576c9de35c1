import { hasCode } from '../../errors/packetboat-error.js'
import { topAccount } from '../../settings/account-table.js'
import type { NewValue } from '../../settings/toml-document.js'
import type { CommandContext } from '../command-context.js'
import { lockSettings } from '../serving/endpoint-files.js'
import { openDataDir } from './data-dir.js'
import { type LoadedConfig, type Side, writeSettings } from './open-config.js'

/**
 * Runs something while no other command changes a side's settings, since each rewrites the whole file.
 * `draft`: what they are to become, where the present file can't be read. Throws CONFIG, LOCKED, INTERRUPTED,
 * READ_ONLY.
 */
export async function withSettingsLocked<T>(
  context: CommandContext,
  side: Side,
  work: () => T | Promise<T>,
  draft?: string,
): Promise<T> {
  const { dataRoot } = load(context.forAccount(topAccount), side, draft)
  const lock = await lockSettings(openDataDir(dataRoot), context.signal)
  try {
    return await work()
  } finally {
    lock.release()
  }
}

function load(context: CommandContext, side: Side, draft: string | undefined): LoadedConfig {
  try {
    return context.load(side)
  } catch (error) {
    if (draft === undefined || !hasCode(error, 'CONFIG')) throw error
    return context.load(side, draft)
  }
}

/** Writes values into a side's file as it stands by now: what another command has written meanwhile stays. */
export function changeSettings(
  context: CommandContext,
  side: Side,
  values: readonly NewValue[],
): Promise<void> {
  return withSettingsLocked(context, side, () =>
    writeSettings(context.open(side, { mayBeNew: true }), values),
  )
}
