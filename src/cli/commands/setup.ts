import { PacketboatError } from '../../errors/packetboat-error.js'
import type { CommandContext } from '../command-context.js'
import { exitCodes } from '../exit-codes.js'
import { asked, askingOn } from '../setting-up/questions.js'
import { beginSyncing, pairClient, type Run } from '../setting-up/set-up-client.js'
import { setUpEndpoint } from '../setting-up/set-up-endpoint.js'
import { isClient } from '../settings/client-settings.js'
import { dataDirAt } from '../settings/data-dir.js'
import { lastFinished } from '../usage/last-sync.js'
import { openUsageFile } from '../usage/usage-file.js'

/**
 * `packetboat setup`: leads through setting up an endpoint, or a client from its pairing string to its first
 * sync. A client that is set up but has never synced continues where it stopped. Gives the exit code of what
 * failed.
 */
export async function setupCommand(context: CommandContext, run: Run): Promise<number> {
  const at = askingOn(context)
  const { config, path, account } = context.load('client')
  if (account === undefined && !isClient(config) && (await asksForEndpoint(context)))
    return setUpEndpoint(context, run, at)
  if (isClient(config)) {
    if (hasSynced(context))
      throw new PacketboatError(
        'CONFIG',
        `${path} already sets up ${account === undefined ? 'a client' : `the account "${account}"`}.`,
        'To add another account: packetboat setup --account NAME. To start over with its Maildir: packetboat init --again. For an endpoint: packetboat account add NAME maildir:PATH.',
      )
  } else {
    const exit = await pairClient(context, run, at)
    if (exit !== exitCodes.done) return exit
  }
  return beginSyncing(context, run, at)

  async function asksForEndpoint({ output }: CommandContext): Promise<boolean> {
    const { default: select } = await import('@inquirer/select')
    output.event({ event: 'hint' }, 'Ctrl-C ends this at any question.')
    const side = await asked(
      () =>
        select(
          {
            message: 'What is this machine?',
            choices: [
              { value: 'client', name: 'Here I read my mail: it syncs with an endpoint' },
              { value: 'endpoint', name: 'Here my mail arrives, or is fetched by IMAP: it is the endpoint' },
            ],
          },
          at,
        ),
      'Nothing was changed.',
      'packetboat setup begins again.',
    )
    return side === 'endpoint'
  }
}

function hasSynced(context: CommandContext): boolean {
  const { dataRoot } = context.load('client')
  return lastFinished(openUsageFile(dataDirAt(dataRoot), Date.now).read()) !== undefined
}
