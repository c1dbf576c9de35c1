import type { IncomingMessage } from 'node:http'
import { TLSSocket } from 'node:tls'
import { exchangePath, pairPath } from '../line/endpoint-http.js'
import type { DeviceProof } from './device-proof.js'
import type { Device, DeviceRegistry } from './device-registry.js'
import { bearerOf, recogniseReader } from './reader-door.js'

/**
 * Which device asks: as its handshake has proved it, by its token, or where there is a reader by a browser's cookie.
 * The registry has been refreshed since the request came: a handshake may be hours old.
 */
export async function recognise(
  req: IncomingMessage,
  {
    proof,
    devices,
    reader,
  }: { readonly proof: DeviceProof; readonly devices: DeviceRegistry; readonly reader: boolean },
): Promise<Device | undefined> {
  const proved = req.socket instanceof TLSSocket ? proof.of(req.socket) : undefined
  if (proved !== undefined) return devices.activeDevice(proved)
  const token = bearerOf(req)
  if (token !== undefined) return devices.findByBearer(token)
  return reader ? recogniseReader(req, devices) : undefined
}

/** To what is no exchange and no pairing, whoever asks. */
export function answerToAnybody(
  req: IncomingMessage,
  { reader }: { readonly reader: boolean },
): [status: number, words: string, more?: { headers: Record<string, string> }] | undefined {
  const { url, method, httpVersion } = req
  if (url === '/' && (method === 'GET' || method === 'HEAD'))
    return [200, 'This is a packetboat endpoint. A packetboat client syncs mail with it.']
  const pairs = reader && url === pairPath
  if (url !== exchangePath && !pairs) return [404, 'There is nothing here.']
  if (pairs && method !== 'POST') return [405, 'Only POST works here.', { headers: { allow: 'POST' } }]
  if (method !== 'POST' && method !== 'GET')
    return [405, 'Only GET and POST work here.', { headers: { allow: 'GET, POST' } }]
  // An HTTP/1.0 answer ends where the connection ends: a cut would look like the end.
  if (httpVersion !== '1.1') return [505, 'HTTP/1.1 is needed; for nginx set proxy_http_version 1.1.']
  return undefined
}
