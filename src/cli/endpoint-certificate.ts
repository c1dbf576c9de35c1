import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { PacketboatError } from '../errors/packetboat-error.js'
import { certificatePin } from '../link/certificate-pin.js'
import type { EndpointSettings } from './endpoint-settings.js'

/** A file that the settings name, as text. */
export function readSettingsFile(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new PacketboatError(
      'CONFIG',
      `${path} can't be read: ${(cause as Error).message}.`,
      `Check the path of the ${what}.`,
      { cause },
    )
  }
}

/**
 * The pin of the endpoint's certificate where it has signed it itself. A certificate that somebody vouches for is renewed now
 * and then: pinning it would lock the device out.
 */
export function pinOf(settings: EndpointSettings): { readonly pin?: Uint8Array } {
  if (settings.certificate === undefined)
    throw new PacketboatError(
      'CONFIG',
      'The endpoint has no certificate.',
      'Start it with --certificate FILE --key FILE, or leave --tls out: then the device is known by its key.',
    )
  const pem = readSettingsFile(settings.certificate, 'certificate')
  const { issuer, subject } = new X509Certificate(pem)
  return issuer === subject ? { pin: certificatePin(pem) } : {}
}
