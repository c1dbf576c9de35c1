import { type Hello, protocolVersion } from '../../src/wire/request-frames.js'

export const guid = (n: number): string => n.toString(16).padStart(32, '0')

/** How a request begins, of a device that comes for the first time and says more. */
export const helloOf = (changes: Partial<Hello> = {}): Hello => ({
  version: protocolVersion,
  replica: guid(7),
  acknowledged: 0,
  batches: [],
  cursor: { log: 0, structure: 0, mailboxes: {} },
  policy: '0'.repeat(16),
  more: true,
  probe: false,
  plain: true,
  dry: false,
  mix: false,
  only: [],
  allow: [],
  ...changes,
})
