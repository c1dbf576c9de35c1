import type { SMTPConnectionCustomAuthContext } from 'nodemailer/lib/smtp-connection'

/**
 * The name under which nodemailer knows our login with a token. Its own XOAUTH2 insists on obtaining its
 * tokens itself, and it has no OAUTHBEARER.
 */
export const tokenMethod = 'OAUTHBEARER'

export interface TokenLogin {
  readonly user: string
  readonly token: string
  /** OAUTHBEARER names the server to which the token is given. */
  readonly host: string
  readonly port: number
  /** What the server said to EHLO. */
  readonly ehlo: string
}

/** Logs in by XOAUTH2, as Google and Microsoft have it, or else by OAUTHBEARER (RFC 7628). Throws what the server says. */
export async function logInWithToken(
  context: SMTPConnectionCustomAuthContext,
  { user, token, host, port, ehlo }: TokenLogin,
): Promise<void> {
  const offered = ehlo
    .split(/\r?\n/)
    .flatMap((line) => /^250[ -]AUTH[ =](.*)$/i.exec(line)?.[1]?.split(' ') ?? [])
  const offers = (name: string): boolean => offered.some((each) => each.toUpperCase() === name)
  const bearer = !offers('XOAUTH2') && offers('OAUTHBEARER')
  const text = bearer
    ? `n,a=${user.replaceAll('=', '=3D').replaceAll(',', '=2C')},\x01host=${host}\x01port=${port}\x01auth=Bearer ${token}\x01\x01`
    : `user=${user}\x01auth=Bearer ${token}\x01\x01`
  const name = bearer ? 'OAUTHBEARER' : 'XOAUTH2'
  const first = await context.sendCommand(`AUTH ${name} ${Buffer.from(text).toString('base64')}`)
  // What is wrong comes as a challenge, and the verdict after an answer to it.
  const answer = first.status === 334 ? await context.sendCommand(bearer ? 'AQ==' : '') : first
  if (answer.status !== 235) throw new Error(`The server refuses the token: ${answer.response}`)
}
