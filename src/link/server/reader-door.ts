import type { IncomingMessage } from 'node:http'
import { markerHeader, markerVersion } from '../line/endpoint-http.js'
import { isLoopback } from '../loopback.js'
import type { Device, DeviceRegistry } from './device-registry.js'

/**
 * How a paired browser proves itself: by a cookie that no script can read, and only with a header that no
 * other site's page can send. Browsers state where a request comes from; for one too old to do so, its Origin
 * must name the host that it asks.
 */

/** Bound to the host by its prefix: no neighbouring host can set it (RFC 6265bis 4.1.3.2). */
const secureName = '__Host-packetboat'
/** On loopback without TLS, where browsers take no `Secure` cookie by that name. */
const plainName = 'packetboat'

/** The longest that browsers keep a cookie. */
const cookieSeconds = 400 * 24 * 3600

/** Finds the device of a browser that asks, if it is one of ours and the request comes from our own page. */
export async function recogniseReader(
  req: IncomingMessage,
  devices: DeviceRegistry,
): Promise<Device | undefined> {
  if (!sentByOurPage(req)) return undefined
  const token = cookieOf(req, originOf(req)?.protocol === 'http:' ? plainName : secureName)
  return token === undefined ? undefined : devices.findByCookie(token)
}

/** A browser that may come in: what it is to keep, in a header, if it has just been paired. */
export interface Admitted {
  readonly device: Device
  readonly isNew: boolean
  readonly headers: Record<string, string>
}

/**
 * Opens a link once, for a request from our own page with its token. A request without a token asks which
 * device this is: a browser that has deleted everything but its cookie doesn't know.
 */
export async function pairReader(
  req: IncomingMessage,
  devices: DeviceRegistry,
): Promise<Admitted | undefined> {
  if (!sentByOurPage(req)) return undefined
  const token = bearerOf(req)
  if (token === undefined) {
    const device = await recogniseReader(req, devices)
    return device && { device, isNew: false, headers: { 'cache-control': 'no-store' } }
  }
  const opened = await devices.openLink(token)
  if (!opened) return undefined
  const plain = originOf(req)?.protocol === 'http:'
  const name = plain ? plainName : secureName
  const rules = `Path=/; Max-Age=${cookieSeconds}; HttpOnly; SameSite=Strict${plain ? '' : '; Secure'}`
  return {
    device: opened.device,
    isNew: true,
    headers: { 'set-cookie': `${name}=${opened.cookie}; ${rules}`, 'cache-control': 'no-store' },
  }
}

/** The token that a request carries for a device or a link. */
export function bearerOf(req: IncomingMessage): string | undefined {
  return /^bearer ([A-Za-z0-9_-]{1,128})$/i.exec(req.headers.authorization ?? '')?.[1]
}

/**
 * Browsers hide heartbeats from the page, and nginx takes the first heartbeat of an exchange for its answer,
 * so that the browser gets an error over HTTP/2. No other kind of device sends an Origin.
 */
export function isBrowser(req: IncomingMessage): boolean {
  return req.headers.origin !== undefined
}

/** Our header makes a browser ask before it lets another site's page send it, and nobody here answers that. */
function sentByOurPage(req: IncomingMessage): boolean {
  if (req.method !== 'POST' || req.headers[markerHeader] !== markerVersion) return false
  const origin = originOf(req)
  // Over plain HTTP the cookie would cross a network unprotected.
  if (!origin || (origin.protocol === 'http:' && !isLoopback(hostOf(origin)))) return false
  const site = req.headers['sec-fetch-site']
  return site === undefined ? origin.host === req.headers.host : site === 'same-origin'
}

/** Browsers send it with each POST. */
function originOf(req: IncomingMessage): URL | undefined {
  const { origin } = req.headers
  const url = origin !== undefined && URL.canParse(origin) ? new URL(origin) : undefined
  return url && ['http:', 'https:'].includes(url.protocol) ? url : undefined
}

const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '')

function cookieOf(req: IncomingMessage, name: string): string | undefined {
  const values = (req.headers.cookie ?? '')
    .split(';')
    .map((each) => each.trim())
    .filter((each) => each.startsWith(`${name}=`))
  // Two of one name are of two sites or paths: which one is ours can't be told.
  const value = values.length === 1 ? values[0]?.slice(name.length + 1) : undefined
  return value !== undefined && /^[A-Za-z0-9_-]{1,128}$/.test(value) ? value : undefined
}
