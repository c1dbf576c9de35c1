import type { Policy } from './policy.js'
import { isGistLimit } from './rules.js'

/** The same policy for a run before which nothing big is to come: lists, texts and small parts. */
export function smallOnly(policy: Policy): Policy {
  const { smallBytes } = policy
  return {
    ...policy,
    attachmentBytes: Math.min(policy.attachmentBytes, smallBytes),
    coldBytes: Math.min(policy.coldBytes, smallBytes),
    structureBytes: Math.min(policy.structureBytes, smallBytes),
    rules: policy.rules.map((rule) => ({
      ...rule,
      limits: rule.limits.map((limit) =>
        isGistLimit(limit.what) || limit.what === 'text'
          ? limit
          : { ...limit, upToBytes: Math.min(limit.upToBytes, smallBytes) },
      ),
    })),
  }
}
