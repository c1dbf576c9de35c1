/**
 * The document in a message's frame: the mail's page under a policy of its own, which lets nothing be
 * fetched, run or sent. That policy and the frame's sandbox are the protection; nothing depends on what the
 * page holds.
 */
export function framePage(html: string): string {
  return `<!doctype html><html><head><meta http-equiv="Content-Security-Policy" content="${policy}"><meta name="color-scheme" content="light"><meta name="referrer" content="no-referrer"></head><body>${html}</body></html>`
}

const policy =
  "default-src 'none'; img-src data: blob:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

/** Never add `allow-scripts`: a page could then take its own sandbox off. The origin is allowed so that its height can be measured. */
export const frameSandbox = 'allow-same-origin allow-popups allow-popups-to-escape-sandbox'
