import { createHash, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { PacketboatError } from '../errors/packetboat-error.js'
import type { EndpointSettings } from './endpoint-settings.js'

/** SHA-256 of the endpoint's own certificate, so that a self-signed one is as good as any. */
export function certificatePin(settings: EndpointSettings): { readonly pin?: Uint8Array } {
  if (settings.certificate === undefined)
    throw new PacketboatError(
      'CONFIG',
      'The endpoint has no certificate.',
      'Start it with --certificate FILE --key FILE, or leave --tls out: then the device is known by its key.',
    )
  const certificate = new X509Certificate(readFileSync(settings.certificate))
  // A certificate that somebody vouches for is renewed now and then: pinning it would lock the device out.
  if (certificate.issuer !== certificate.subject) return {}
  return { pin: new Uint8Array(createHash('sha256').update(certificate.raw).digest()) }
}
