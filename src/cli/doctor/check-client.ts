import { join } from 'node:path'
import { lacksChecksum, parsePairing } from '../../link/pairing.js'
import { namesIn } from '../../outbox/spool-disk.js'
import { lockHolder } from '../../store/sqlite/kernel-lock.js'
import type { CommandContext } from '../command-context.js'
import { outboxFolder } from '../sendmail/choose-account.js'
import { clientSettings } from '../settings/client-settings.js'
import { dataDirAt } from '../settings/data-dir.js'
import { generalSettings } from '../settings/general-settings.js'
import { type LoadedConfig, refuseBare } from '../settings/open-config.js'
import { readSecret } from '../settings/read-secret.js'
import { finishedWords, lastFinished } from '../usage/last-sync.js'
import { openUsageFile } from '../usage/usage-file.js'
import { checkDatabase, lookForProblems } from './check-database.js'
import { checkDataDir, checkMaildir } from './check-folders.js'
import { checkLine } from './check-line.js'
import { checkPictures } from './check-pictures.js'
import type { Findings } from './findings.js'

/** A good sync that is longer ago is worth a word, ms. */
const longAgoMs = 7 * 86_400_000

/** One account of this machine that syncs with an endpoint. Its settings may be wrong: what can be looked at all the same, is. */
export async function checkClient(
  found: Findings,
  context: Pick<CommandContext, 'self' | 'signal'>,
  { config, dataRoot, isUsual, path }: LoadedConfig,
  offline: boolean,
): Promise<void> {
  const { signal } = context
  const data = dataDirAt(dataRoot)
  const { endpoint, maildir } = config.values(clientSettings)
  const { names, layout } = config.values(generalSettings)
  await checkDataDir(found, dataRoot)
  await found.attempt('data', () => refuseBare({ dataRoot, isUsual, path }))
  const holder = lockHolder(data.path('client.lock'))
  if (holder !== undefined) found.note('at work', `The process ${holder} is working on this account now.`)
  if (maildir === undefined)
    found.wrong('Maildir', 'The settings name no Maildir.', 'Run packetboat init or packetboat setup.')
  else
    await checkMaildir(
      found,
      { kind: 'maildir', path: maildir, names, layout, create: false },
      dataRoot,
      signal,
    )
  await checkDatabase(found, join(dataRoot, 'replica.db'), (db) => lookForProblems(found, db))
  await found.attempt('last sync', () => {
    const last = lastFinished(openUsageFile(data, Date.now).read())
    if (!last) return found.note('last sync', 'No sync has finished here yet.', 'Run packetboat sync.')
    const what = `It was ${finishedWords(last, Date.now())}.`
    if (Date.now() - last.endedMs > longAgoMs)
      found.note('last sync', what, 'Run packetboat sync and read what it says.')
    else found.ok('last sync', what)
  })
  await found.attempt('outbox', () => namesIn(join(dataRoot, outboxFolder)))
  await checkPictures(found, context, config)
  if (offline || endpoint === undefined) return
  const pairing = await found.attempt('pairing', async () => {
    const text = await readSecret(endpoint, 'endpoint', signal)
    const parsed = parsePairing(text)
    if (lacksChecksum(text))
      found.note(
        'pairing',
        'The pairing string has no checksum, so what was cut off its end would not be noticed.',
        "If the line can't be reached, compare it with what packetboat device add printed.",
      )
    return parsed
  })
  if (pairing) await checkLine(found, pairing, signal)
}
