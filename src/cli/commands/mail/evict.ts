import { chooseEvictable, mostEvicted } from '../../../sync/evict/choose-evictable.js'
import { bytesHere } from '../../../sync/evict/disk-bytes.js'
import { counted, formatBytes } from '../../../told/sizes.js'
import type { CommandContext } from '../../command-context.js'
import { exitCodes } from '../../exit-codes.js'
import { chosenAccounts, forEachAccount } from '../../session/each-account.js'
import { openToLook } from '../../session/open-to-look.js'
import { checkSomeLeave } from '../../settings/check-settings.js'
import { clientSettings } from '../../settings/client-settings.js'
import { evictionTerms } from '../../sync-run/eviction-terms.js'
import { stayLines } from '../../sync-run/stay-words.js'
import { type SyncCommandOptions, syncCommand } from '../sync.js'

/** `packetboat evict`: a sync after which what is outside of what `keep` says, on every link, isn't on this disk any more. */
export async function evictCommand(context: CommandContext, options: SyncCommandOptions): Promise<number> {
  if (!options.dryRun) return syncCommand(context, [], { ...options, evictNow: true })
  return forEachAccount(context, chosenAccounts(context), async (own) => {
    await tellEvictable(own)
    return exitCodes.done
  })
}

async function tellEvictable(context: CommandContext): Promise<void> {
  const { session } = await openToLook(context)
  try {
    const { account, open, settings } = session
    checkSomeLeave(open.config)
    const terms = evictionTerms(open.config, true)
    const { count: messages, bytes, stays } = await chooseEvictable(account, terms, settings.mailboxes)
    const isAll = messages < mostEvicted
    const { diskBudget } = open.config.values(clientSettings)
    const bytesAll = await bytesHere(account.replica.db)
    context.output.result({ event: 'evictable', messages, bytes, all: isAll, stays, bytesHere: bytesAll }, [
      messages === 0
        ? `No mail here ${Object.keys(stays).length === 0 ? 'is older than keep says on every link' : 'can leave this disk now'}.`
        : `${isAll ? '' : 'At least '}${counted(messages, 'message')} (${formatBytes(bytes)}) would leave this disk, if the endpoint has all of each. Nothing was changed.`,
      ...stayLines(stays),
      `The mail here takes ${formatBytes(bytesAll)}${diskBudget === undefined ? '' : `, and diskBudget is ${formatBytes(diskBudget)}`}.`,
    ])
  } finally {
    await session.close()
  }
}
