/**
 * Set for the sendmail program of an endpoint. By this packetboat's own `sendmail` knows that it is given what a packetboat was given to send:
 * it would go round for ever. Not PACKETBOAT_...: those are settings.
 */
export const submitting = 'PB_SUBMITTING'
