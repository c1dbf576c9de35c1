import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { PacketboatError } from '../../errors/packetboat-error.js'
import { whyUnreadable } from '../../errors/why-unreadable.js'
import { publicKeyPin } from '../../link/client/certificate-pin.js'
import type { Certificate } from '../../link/server/tls-server.js'
import type { EndpointSettings } from '../settings/endpoint-settings.js'

/** A file that the settings name, as text. */
function readSettingsFile(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new PacketboatError(
      'CONFIG',
      `${path} can't be read: ${whyUnreadable(cause)}.`,
      `Check the path of the ${what}.`,
      { cause },
    )
  }
}

/**
 * The pin of the endpoint's certificate if it has signed that itself. A certificate from an authority is
 * renewed regularly, mostly with a new key; pinning it would lock the device out.
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
  return issuer === subject ? { pin: publicKeyPin(pem) } : {}
}

/** The certificate of an endpoint that runs. */
export interface CertificateWatch {
  /** The certificate as last read; undefined where the endpoint has none. */
  readonly now: Certificate | undefined
  /** Reads it again; true when it has become another one. Throws CONFIG. */
  look(): boolean
  /** Takes the certificate from another place from now on. */
  change(settings: EndpointSettings): void
}

/** Throws CONFIG when it can't be read. */
export function watchCertificate(settings: EndpointSettings): CertificateWatch {
  let from = settings
  let now = readCertificate(from)
  return {
    get now() {
      return now
    },
    look() {
      const read = readCertificate(from)
      if (read?.cert === now?.cert && read?.key === now?.key) return false
      now = read
      return true
    },
    change: (changed) => {
      from = changed
    },
  }
}

function readCertificate({ certificate, key }: EndpointSettings): Certificate | undefined {
  if (certificate === undefined && key === undefined) return undefined
  if (certificate === undefined || key === undefined)
    throw new PacketboatError(
      'CONFIG',
      'A certificate needs its key, and a key its certificate.',
      'Give both: --certificate FILE --key FILE.',
    )
  return { cert: readSettingsFile(certificate, 'certificate'), key: readSettingsFile(key, 'key') }
}
