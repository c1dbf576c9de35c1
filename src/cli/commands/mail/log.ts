import { counted } from '../../../told/sizes.js'
import type { CommandContext } from '../../command-context.js'
import { exitCodes } from '../../exit-codes.js'
import type { RunAct, RunEntry } from '../../log/run-entry.js'
import { openRunLog } from '../../log/run-log.js'
import { chosenAccounts, forEachAccount } from '../../session/each-account.js'
import type { Line } from '../../text/output.js'

export interface LogOptions {
  readonly limit: number
}

/** `packetboat log`: what the last runs did to messages, the newest first. Takes no lock, and looks at nothing else. */
export async function logCommand(context: CommandContext, { limit }: LogOptions): Promise<number> {
  return forEachAccount(context, chosenAccounts(context), async (own) => {
    const { data } = own.open('client')
    const runs = openRunLog(data).read().slice(-limit).reverse()
    own.output.result(
      { event: 'log', runs: runs.map(({ head: _, ...run }) => run) },
      runs.length > 0 ? runs.flatMap(linesOf) : ['No run has done anything to a message yet.'],
    )
    return exitCodes.done
  })
}

const words: Readonly<Record<RunAct['by'], Readonly<Record<RunAct['act'], string>>>> = {
  endpoint: { new: 'came', moved: 'moved there', removed: 'removed there', left: 'left there' },
  here: { new: 'went up', moved: 'moved here', removed: 'removed here', left: 'left this disk' },
}

function linesOf({ at, link, exit, acts, more }: RunEntry): Line[] {
  const ended = exit === exitCodes.done ? '' : ` (exit code ${exit})`
  return [
    { text: `${localTime(at)}  ${link}${ended}`, style: 'strong' },
    ...acts.map(
      (act) =>
        `  ${words[act.by][act.act].padEnd(14)}  ${act.name}  ${act.from === undefined ? '' : `${act.from} > `}${act.mailbox}  ${act.sender || '(nobody)'}: ${act.subject || '(no subject)'}`,
    ),
    ...(acts.length === 0 && more === 0
      ? ['  It was stopped: what it did is told with the run after it.']
      : []),
    ...(more > 0 ? [`  ${counted(more, 'message')} more`] : []),
  ]
}

/** In local time: Swedish dates are written like ISO 8601. */
const localTime = (at: string): string => new Date(at).toLocaleString('sv-SE').slice(0, 16)
