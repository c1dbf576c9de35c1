/**
 * Set for the sendmail program of an endpoint, so that packetboat's own `sendmail` recognises mail that a
 * packetboat hands over; otherwise the mail would go round for ever. Not called PACKETBOAT_..., which would
 * make it a setting.
 */
export const submitting = 'PB_SUBMITTING'
