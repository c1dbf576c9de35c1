import type { SubmitEnvelope } from '../../replica/submission/submission.js'
import { envelopeBytes, maxAddressBytes, maxEnvelopeBytes, maxRecipients } from '../../wire/submissions.js'

/** The most bytes of all addresses of an envelope that can be sent. */
export const mostAddressBytes = maxEnvelopeBytes

/** Whether an envelope can go over the line. What no endpoint would take would hold up all other mail. */
export function canGo({ from, recipients }: Pick<SubmitEnvelope, 'from' | 'recipients'>): boolean {
  return (
    recipients.length <= maxRecipients &&
    envelopeBytes({ from, recipients }) <= maxEnvelopeBytes &&
    [from, ...recipients].every(
      (each) => !/\p{Cc}/u.test(each) && new TextEncoder().encode(each).length <= maxAddressBytes,
    )
  )
}
