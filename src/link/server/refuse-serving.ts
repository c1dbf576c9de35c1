import { PacketboatError } from '../../errors/packetboat-error.js'
import { isLoopback } from '../loopback.js'

/** How devices and browsers are to be served. */
export interface Serving {
  /** Where to listen. */
  readonly hosts: readonly string[]
  /** Without TLS. */
  readonly plain: boolean
  readonly allowPlainHttp: boolean
  readonly hasCertificate: boolean
  readonly reader: boolean
}

/** Refuses what can't be served, or not safely. Throws CONFIG. */
export function refuseServing(serving: Serving): void {
  const { hosts, plain, hasCertificate, reader } = serving
  if (reader && !plain && !hasCertificate)
    throw new PacketboatError(
      'CONFIG',
      'Browsers need a certificate: they have no way to prove themselves by a key.',
      'Give one with --certificate and --key, or use --plain on loopback behind a proxy.',
    )
  for (const host of hosts) refuseClear(serving, host)
  if (plain && hasCertificate)
    throw new PacketboatError(
      'CONFIG',
      'Plain HTTP and a certificate exclude each other.',
      'Choose one of them.',
    )
}

/** Refuses a host on which mail would cross a network in clear. Throws CONFIG. */
export function refuseClear(
  { plain, allowPlainHttp, reader }: Pick<Serving, 'plain' | 'allowPlainHttp' | 'reader'>,
  host: string,
): void {
  if (!plain || (allowPlainHttp && !reader) || isLoopback(host)) return
  throw new PacketboatError(
    'CONFIG',
    `Mail and secrets would cross the network in clear: plain HTTP on ${host}, which is not loopback.`,
    'Use TLS (the default), listen on 127.0.0.1 behind a proxy, or allow plain HTTP with --allow-plain (not with --reader).',
  )
}
