import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import type { EndpointSettings } from '../settings/endpoint-settings.js'
import type { Findings } from './findings.js'

const dayMs = 86_400_000

/** Renewed by then, if anything renews it. */
const soonDays = 14

/** How long a certificate is still good for. `validTo` as X.509 has it. */
export function certificateAge(found: Findings, what: string, validTo: string, nowMs: number): void {
  const days = Math.floor((Date.parse(validTo) - nowMs) / dayMs)
  const next = 'Renew it. A running endpoint takes up the new files by itself.'
  if (days < 0) found.wrong('certificate', `${what} expired on ${validTo}.`, next)
  else if (days < soonDays) found.note('certificate', `${what} expires in ${days} days.`, next)
  else found.ok('certificate', `${what} is good for ${days} more days.`)
}

/** The certificate and the key of an endpoint: read, matched, kept from others. */
export async function checkCertificate(
  found: Findings,
  { certificate, key }: Pick<EndpointSettings, 'certificate' | 'key'>,
  nowMs: number,
): Promise<void> {
  const about = 'certificate'
  if (certificate === undefined && key === undefined)
    return found.ok(about, 'There is none, and devices that are paired by key need none.')
  if (certificate === undefined || key === undefined)
    return found.wrong(about, 'A certificate needs its key, and a key its certificate.', 'Set both.')
  const shown = await found.attempt(about, () => new X509Certificate(readFileSync(certificate)))
  if (shown) certificateAge(found, certificate, shown.validTo, nowMs)
  await found.attempt('key', () => {
    const secret = createPrivateKey(readFileSync(key))
    if ((statSync(key).mode & 0o007) !== 0)
      found.wrong('key', `Every user can read ${key}.`, `Run chmod o= ${key}`)
    if (shown && !shown.checkPrivateKey(secret))
      found.wrong('key', `${key} belongs to another certificate.`, 'Name the files that belong together.')
    else found.ok('key', `${key} can be read.`)
  })
}
