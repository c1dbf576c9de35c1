import type { UsageEntry } from '../../../src/cli/usage/usage-entry.js'

/** What a run over the satellite left, but for what a test says of it. */
export function runEntry(more: Partial<UsageEntry> & Pick<UsageEntry, 'at'>): UsageEntry {
  return {
    span: 'run',
    link: 'iridium',
    runs: 1,
    failed: 0,
    up: 100,
    down: 1000,
    seconds: 10,
    costs: { USD: 0.5 },
    mailboxes: { INBOX: { messages: 2, up: 10, down: 800 } },
    exit: 0,
    ...more,
  }
}
