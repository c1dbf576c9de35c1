import { concat } from '../../bytes/concat.js'
import { PacketboatError } from '../../errors/packetboat-error.js'
import { readReplicaRecord } from '../../replica/replica.js'
import { tables } from '../../replica/tables.js'
import { unbundle } from '../../wire/bundle.js'
import { createFrameDecoder } from '../../wire/frame-decoder.js'
import { type Accept, decodeAccept } from '../../wire/response/accept-frame.js'
import { decodeForecast, type Forecast } from '../../wire/response/forecast-frame.js'
import { responseKinds } from '../../wire/response/kinds.js'
import { decodeRefusal, refused } from '../../wire/response/refusal-frame.js'
import { protocolError } from '../../wire/values.js'
import type { Account } from '../account.js'
import { AcceptBounds } from '../frames/accept-bounds.js'
import { frameBytesFor } from '../frames/frame-bytes.js'
import { Inflation } from '../frames/inflation.js'
import { bundled, frameWriter, requestEnd } from '../frames/outgoing.js'
import { nameOfPolicy } from '../policy/policy.js'
import { scanMailStore } from '../scan/scan-mail-store.js'
import { type Ask, composeRequest, requestFrames } from './compose-request.js'
import { composeUploads, hasUploads } from './compose-uploads.js'
import type { SyncOptions } from './sync-options.js'

/** What a sync would move, in bytes of frames. */
export interface DryRun {
  readonly up: {
    /** Things done here that the upstream hasn't heard of. */
    readonly operations: number
    /** New messages whose bytes go up. Of those that the upstream may have already nobody knows. */
    readonly contents: number
    readonly bytes: number
  }
  /** Undefined when one side has lost its memory: a sync compares everything first. */
  readonly down: Forecast | undefined
  /** The sides have never compared, so both may hold the same mail. */
  readonly first: boolean
}

/** Asks what a sync would bring, and adds up what would go up. Takes over what was done in the mail store; changes nothing else here, and nothing there. */
export async function dryRun(
  account: Account,
  options: Pick<SyncOptions, 'link' | 'policy' | 'only' | 'signal'>,
): Promise<DryRun> {
  const { db } = account.replica
  const { link, policy, only = [], signal } = options
  await scanMailStore(account, signal ? { signal } : {})
  const ask: Ask = {
    policy,
    only,
    allow: [],
    sendPolicy: false,
    probe: false,
    plain: false,
    withoutWanted: false,
    frameBytes: await frameBytesFor(db, { link, ...(signal && { signal }) }, undefined),
    // All of it is made at once: that must not take longer than a line of any speed.
    mix: false,
    pending: new Map(),
  }
  const up = await uploadSize(account, ask)
  const { policiesThere, upstream } = await readReplicaRecord(db)
  let sendPolicy = !policiesThere?.includes(nameOfPolicy(policy, account.createHash))
  let sayShore = false
  for (;;) {
    const { encode } = frameWriter(account)
    const composed = await composeRequest(account, { ...ask, sendPolicy, sayShore, dry: true })
    const request = concat(requestFrames(composed, { contentFollows: false }).map(encode))
    const { accept, forecast } = await readAnswer(account, await link.exchange(request, signal))
    if ((accept.needsPolicy && !sendPolicy) || (accept.needsShore && !sayShore)) {
      sendPolicy ||= accept.needsPolicy
      sayShore ||= accept.needsShore ?? false
      continue
    }
    const lost = accept.lost !== undefined || (await isAnother(account, accept))
    if (!forecast && !lost)
      throw new PacketboatError(
        'LINK_FAILED',
        'The line was lost before the answer was complete.',
        'Nothing was changed. Run the command again.',
      )
    return { up, down: lost ? undefined : forecast, first: upstream === undefined }
  }
}

async function isAnother({ replica }: Account, { upstream }: Accept): Promise<boolean> {
  const known = (await readReplicaRecord(replica.db)).upstream
  return known !== undefined && known !== upstream
}

/** The size of what a sync would send, composed but not sent. */
async function uploadSize(account: Account, ask: Ask): Promise<DryRun['up']> {
  const { encode } = frameWriter(account)
  let [bytes, contents] = [0, 0]
  const contentFollows = await hasUploads(account.replica.db)
  const composed = await composeRequest(account, ask)
  for (const frame of requestFrames(composed, { contentFollows })) bytes += encode(frame).length
  const uploads = composeUploads(account, { ...ask, dry: true }, () => contents++)
  for await (const frame of bundled(uploads, ask.frameBytes)) bytes += encode(frame).length
  if (contentFollows) bytes += encode(requestEnd).length
  const operations = await tables.journal.count(account.replica.db)
  return { operations, contents, bytes }
}

async function readAnswer(
  account: Account,
  answer: AsyncIterable<Uint8Array>,
): Promise<{ accept: Accept; forecast: Forecast | undefined }> {
  const decoder = createFrameDecoder(account)
  const inflation = new Inflation()
  const bounds = await AcceptBounds.over(account.replica.db)
  let accept: Accept | undefined
  let forecast: Forecast | undefined
  for await (const chunk of answer) {
    decoder.push(chunk)
    for (let frame = decoder.next(); frame; frame = decoder.next()) {
      inflation.count(frame)
      for (const { kind, payload } of unbundle(frame)) {
        if (kind === responseKinds.refusal) throw refused(decodeRefusal(payload))
        else if (kind === responseKinds.accept && !forecast) {
          accept = decodeAccept(payload).accept
          bounds.count(accept)
        } else if (kind === responseKinds.forecast && accept && !forecast) forecast = decodeForecast(payload)
        else if (kind !== responseKinds.working) throw protocolError('more than a dry run asks for')
      }
    }
  }
  if (!accept)
    throw new PacketboatError(
      'LINK_FAILED',
      'The line was lost before the endpoint answered.',
      'Nothing was changed. Run the command again.',
    )
  return { accept, forecast }
}
