import { openHttpLink } from '../../link/client/client.js'
import { createRateMeter } from '../../link/line/rate-meter.js'
import type { LinkProfile } from '../../link/profile/link-profile.js'
import type { Link } from '../../sync/link.js'
import { getMeasuredLine, type MeasuredLine, rememberMeasuredLine } from '../../sync/measured-line.js'
import type { ClientSession } from '../session/client-session.js'
import { savedPairing } from '../session/saved-pairing.js'

/** The line of a run, not yet connected. */
export interface SessionLine {
  readonly link: Link
  /** The id of the pairing. */
  readonly pairing: string
  /** What earlier runs measured on it. */
  readonly measured: MeasuredLine | undefined
  /** Closes it, and remembers what was measured on it. */
  close(): Promise<void>
}

/** The line to the endpoint of a client. Throws CONFIG. */
export async function openLine(
  { settings, account }: ClientSession,
  profile: LinkProfile,
  signal: AbortSignal,
  onBytes?: (up: number, down: number) => void,
): Promise<SessionLine> {
  const pairing = await savedPairing(settings.endpoint, signal)
  const meter = createRateMeter(() => performance.now())
  let latencyMs: number | undefined
  const measured = await getMeasuredLine(account.replica.db, profile.name)
  const link = openHttpLink(pairing, {
    ...(measured?.bitsPerSecond !== undefined &&
      measured.latencyMs !== undefined && {
        known: { bytesPerSecond: measured.bitsPerSecond / 8, roundTripMs: measured.latencyMs },
      }),
    ...(settings.frames !== undefined && { frameBytes: settings.frames }),
    timeouts: { connectMs: profile.connectTimeoutMs, stallMs: profile.stallTimeoutMs },
    limitRate: profile.limitRate,
    signal,
    onRoundTrip: (ms) => {
      latencyMs = Math.min(ms, latencyMs ?? ms)
    },
    onBytes: (up, down) => {
      meter.came(down)
      onBytes?.(up, down)
    },
  })
  return {
    link,
    pairing: pairing.deviceId,
    measured,
    close: async () => {
      await link.close()
      await rememberLine(account, profile, meter.bitsPerSecond(), latencyMs)
    },
  }
}

/** What comes as fast as the cap lets it says nothing of the line. */
const underCap = 0.7

async function rememberLine(
  { replica }: ClientSession['account'],
  { name, limitRate = Number.POSITIVE_INFINITY }: LinkProfile,
  measured: number | undefined,
  latencyMs: number | undefined,
): Promise<void> {
  const bitsPerSecond = measured !== undefined && measured < underCap * limitRate ? measured : undefined
  if (bitsPerSecond === undefined && latencyMs === undefined) return
  await replica.db.transact((tx) =>
    rememberMeasuredLine(tx, name, {
      atMs: replica.now(),
      ...(bitsPerSecond !== undefined && { bitsPerSecond }),
      ...(latencyMs !== undefined && { latencyMs }),
    }),
  )
}
