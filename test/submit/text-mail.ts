import type { SubmitMail } from '../../src/sync/submission/submitter.js'

/** A mail of this text, to be handed over. */
export function textMail(text: string): SubmitMail {
  return {
    sizeBytes: text.length,
    async *read() {
      yield new TextEncoder().encode(text)
    },
  }
}
