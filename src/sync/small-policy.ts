import type { Policy } from './policy.js'

/** The same policy for a run before which nothing big is to come: lists, texts and small parts. */
export function smallOnly(policy: Policy): Policy {
  return { ...policy, attachmentBytes: Math.min(policy.attachmentBytes, policy.smallBytes) }
}
