import { createHash, hkdfSync } from 'node:crypto'

/**
 * The two keys derived from a device's secret (HKDF-SHA256, RFC 5869, no salt, distinguished by `info`). From
 * one of them, neither the other nor the secret can be computed.
 */
export interface DeviceKeys {
  /** What a request carries where a certificate proves the endpoint: 16 bytes in base64url, short as it goes with each request. */
  readonly bearer: string
  /** The pre-shared key of TLS 1.3, 32 bytes. */
  readonly psk: Uint8Array
}

/** `secret`: the 32 bytes of a pairing string. */
export function deriveDeviceKeys(secret: Uint8Array): DeviceKeys {
  const derive = (info: string, bytes: number) =>
    new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(0), info, bytes))
  return {
    bearer: Buffer.from(derive('packetboat bearer 1', 16)).toString('base64url'),
    psk: derive('packetboat psk 1', 32),
  }
}

/** What an endpoint keeps of a bearer token: its SHA-256. The token is random, so no salt and no slow hash is needed. */
export function hashBearer(token: string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(token, 'utf8').digest())
}
