import { createHash, X509Certificate } from 'node:crypto'
import { PacketboatError } from '../errors/packetboat-error.js'

/** SHA-256 of a certificate's DER, 32 bytes: the pin of a pairing string. Takes PEM; of a chain its first. Throws CONFIG. */
export function certificatePin(pem: string | Uint8Array): Uint8Array {
  try {
    return new Uint8Array(createHash('sha256').update(new X509Certificate(pem).raw).digest())
  } catch (cause) {
    throw new PacketboatError(
      'CONFIG',
      'The certificate can’t be read.',
      'It must be PEM, and begin with the endpoint’s own certificate.',
      { cause },
    )
  }
}
