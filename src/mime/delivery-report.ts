import { concat } from '../bytes/concat.js'
import { lineEndOf } from './headers/header-fields.js'

export interface FailedDelivery {
  /** The return path of what failed. */
  readonly to: string
  /** The host that says so. */
  readonly host: string
  readonly nowMs: number
  readonly arrivedMs: number
  /** Of the report, without its brackets. */
  readonly messageId: string
  readonly envelopeId?: string
  readonly lost: readonly { readonly recipient: string; readonly reply: string }[]
  /** The header of what failed, as far as it is quoted. */
  readonly header: Uint8Array
}

/**
 * Makes a delivery report (RFC 3464) on mail that couldn't be delivered: a text for people, fields for
 * programs, and the header of the mail, by which it is recognised. Its own lines end the way that header's
 * lines do.
 */
export function deliveryReport(failed: FailedDelivery): Uint8Array {
  const { to, host, nowMs, arrivedMs, messageId, envelopeId, lost, header } = failed
  const boundary = `report-${messageId.replace(/[^0-9A-Za-z]/g, '')}`
  const text = (lines: readonly string[]): Uint8Array =>
    new TextEncoder().encode(
      lines.map((line) => `${line}${header.length > 0 ? lineEndOf(header) : '\r\n'}`).join(''),
    )
  return concat([
    text([
      `Date: ${mailDate(nowMs)}`,
      `From: Mail delivery <MAILER-DAEMON@${host}>`,
      `To: <${to}>`,
      'Subject: Not delivered',
      `Message-ID: <${messageId}>`,
      'Auto-Submitted: auto-replied',
      'MIME-Version: 1.0',
      `Content-Type: multipart/report; report-type=delivery-status; boundary="${boundary}"`,
      '',
      `--${boundary}`,
      'Content-Type: text/plain; charset=utf-8',
      'Content-Transfer-Encoding: 8bit',
      '',
      "Your message wasn't delivered to:",
      ...lost.flatMap(({ recipient, reply }) => ['', `  ${recipient}`, `    ${reply}`]),
      '',
      'The message is in the outbox still: "packetboat outbox" shows it.',
      '',
      `--${boundary}`,
      'Content-Type: message/delivery-status',
      '',
      `Reporting-MTA: dns; ${host}`,
      ...(envelopeId === undefined ? [] : [`Original-Envelope-Id: ${envelopeId}`]),
      `Arrival-Date: ${mailDate(arrivedMs)}`,
      ...lost.flatMap(({ recipient, reply }) => [
        '',
        `Final-Recipient: ${addressType(recipient)}; ${recipient}`,
        'Action: failed',
        `Status: ${enhancedStatus(reply)}`,
        `Diagnostic-Code: smtp; ${reply}`,
      ]),
      '',
      `--${boundary}`,
      'Content-Type: text/rfc822-headers',
      '',
    ]),
    header,
    text(['', `--${boundary}--`]),
  ])
}

/** RFC 3463, as far as the server said one. */
function enhancedStatus(reply: string): string {
  return /\b[245]\.\d{1,3}\.\d{1,3}\b/.exec(reply)?.[0].replace(/^[24]/, '5') ?? '5.0.0'
}

/** RFC 6533 for addresses that aren't ASCII. */
function addressType(address: string): 'rfc822' | 'utf-8' {
  return [...address].some((character) => character > '~') ? 'utf-8' : 'rfc822'
}

/** RFC 5322 3.3, in UTC. */
function mailDate(ms: number): string {
  return new Date(ms).toUTCString().replace('GMT', '+0000')
}
