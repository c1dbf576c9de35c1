import { createHash, X509Certificate } from 'node:crypto'
import { PacketboatError } from '../../errors/packetboat-error.js'

const digest = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash('sha256').update(bytes).digest())

/**
 * The pin in a pairing string: SHA-256 of a certificate's public key, its SubjectPublicKeyInfo in DER (RFC
 * 7469 2.4), 32 bytes. A renewed certificate with the same key still matches. Takes PEM; of a chain, the
 * first certificate. Throws CONFIG.
 */
export function publicKeyPin(pem: string | Uint8Array): Uint8Array {
  try {
    return keyDigest(new X509Certificate(pem))
  } catch (cause) {
    throw new PacketboatError(
      'CONFIG',
      'The certificate can’t be read.',
      'It must be PEM and begin with the endpoint’s own certificate.',
      { cause },
    )
  }
}

/** Whether a certificate is the one that a pin means: by its key, or, for strings of earlier versions, by the SHA-256 of its whole DER. */
export function isPinned(certificate: X509Certificate, pin: Uint8Array): boolean {
  return [keyDigest(certificate), digest(certificate.raw)].some((each) => Buffer.from(each).equals(pin))
}

function keyDigest({ publicKey }: X509Certificate): Uint8Array {
  return digest(publicKey.export({ type: 'spki', format: 'der' }))
}
