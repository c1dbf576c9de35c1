import { defaultPolicy, type Policy } from '../../src/sync/policy/policy.js'
import { gistKind, type Rule } from '../../src/sync/policy/rules.js'

export const everything: Policy = { ...defaultPolicy, textBytes: 1e9, smallBytes: 1e9, attachmentBytes: 1e9 }

/** Rules that ask for more than sizes, and other ones now and then. */
export const rulesFor = (roll: number): Rule[] => [
  { mailboxes: ['INBOX'], from: [], limits: [{ what: 'attachments', upToBytes: (roll % 3) * 500 }] },
  { mailboxes: [], from: [], aboveBytes: 3000, limits: [{ what: 'text', upToBytes: 2000 * (roll % 2) }] },
]

export const thrifty: Policy = {
  ...defaultPolicy,
  textBytes: 4000,
  smallBytes: 200,
  attachmentBytes: 800,
  coldBytes: 1700,
  structureBytes: 5500,
  messageBytes: 2500,
}

export const withGists: Rule = { mailboxes: [], from: [], limits: [{ what: gistKind, upToBytes: 300 }] }
