import { PacketboatError } from '../../errors/packetboat-error.js'
import { statusError, wrongMark } from '../../link/line/answer-errors.js'
import { markerHeader, markerVersion, pairPath } from '../../link/line/endpoint-http.js'

/** The token of a link that pairs, `#pair=TOKEN`, which no server has seen. */
export function tokenOf(fragment: string): string | undefined {
  return /^#pair=([A-Za-z0-9_-]{1,128})$/.exec(fragment)?.[1]
}

/**
 * Trades a link's token for a cookie that no script can read, and returns whose mail it leads to. A link
 * works once; without a token, returns whose mail the existing cookie leads to. Throws LINK_FAILED, AUTH,
 * WRONG_ENDPOINT.
 */
export async function pairBrowser(
  token: string | undefined,
  { endpoint, fetch, signal }: { endpoint: string; fetch: typeof globalThis.fetch; signal: AbortSignal },
): Promise<string> {
  const where = new URL(endpoint).host
  const answer = await fetch(`${endpoint}${pairPath}`, {
    method: 'POST',
    headers: {
      [markerHeader]: markerVersion,
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    credentials: 'same-origin',
    cache: 'no-store',
    redirect: 'error',
    referrerPolicy: 'no-referrer',
    signal,
  }).catch((cause: unknown) => {
    throw new PacketboatError(
      'LINK_FAILED',
      `The connection to ${where} was lost, or could not be made.`,
      token === undefined
        ? 'Open the page again when the line is up.'
        : 'Open the link again when the line is up: if it was used up meanwhile, ask for another one.',
      { cause },
    )
  })
  const mark = answer.headers.get(markerHeader)
  if (answer.status === 401 && mark !== null) {
    if (token === undefined) throw notPaired()
    throw new PacketboatError(
      'AUTH',
      'This link was used already, is older than a day, or was revoked.',
      `Ask for another one: ${newLink}`,
    )
  }
  if (answer.status !== 200) throw statusError(answer.status, mark !== null, where)
  if (mark !== markerVersion) throw wrongMark(mark ?? undefined, where)
  return (await answer.text()).trim().slice(0, 256)
}

const newLink = 'packetboat device add ACCOUNT NAME --reader at the endpoint.'

/** The endpoint knows no such browser. */
export function notPaired(): PacketboatError {
  return new PacketboatError(
    'AUTH',
    'This browser is not paired with the endpoint, or was revoked there.',
    `Ask for a link, and open it here, where the mail stays: ${newLink}`,
  )
}
