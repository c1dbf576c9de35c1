import type { Config } from '../../settings/config.js'
import { defaultPolicy, type Policy } from '../../sync/policy/policy.js'
import type { Rule } from '../../sync/policy/rules.js'
import type { Window } from '../../sync/policy/window.js'
import { clientSettings, mailboxSettings } from './client-settings.js'
import { readLinkSetting } from './link-come-settings.js'
import { ruleSettings, rulesOf } from './rule-settings.js'

/** What somebody has said, for this link before any, then what is usual on such links. */
function perMessageOnLink(config: Config, link: string): number {
  const { said, usual } = readLinkSetting(config, link, 'perMessage')
  const isSet = config.origin(clientSettings.settings.perMessage).from !== 'default'
  const { perMessage } = config.values(clientSettings)
  return said ?? (isSet ? perMessage : (usual ?? perMessage))
}

/** The policy that the settings make for a run on a link at this time, but for the order of mailboxes. */
export function policyOf(
  { config }: { readonly config: Config },
  { link, nowMs }: { readonly link: string; readonly nowMs: number },
): Policy {
  const { mailboxes, attachments, coldHeaders, come, sharedHistory } = config.values(clientSettings)
  const { said = [], usual = [] } = readLinkSetting(config, link, 'come')
  const sized = config.origin(clientSettings.settings.attachments).from !== 'default'
  // What somebody has said about attachments anywhere goes before what is usual on such links.
  const standard = usual.filter(({ what }) => !(sized && what === 'attachments'))
  const always: Rule[] = [standard, come, said]
    .filter((limits) => limits.length > 0)
    .map((limits) => ({ mailboxes: [], from: [], limits }))
  return {
    ...defaultPolicy,
    select: mailboxes,
    attachmentBytes: attachments,
    messageBytes: perMessageOnLink(config, link),
    coldBytes: coldHeaders,
    sharedHistory,
    rules: [...always, ...rulesOf(config.named(ruleSettings), { link, nowMs })],
    windows: windowsOf(config, link),
  }
}

/**
 * How much of each mailbox a run on this link holds. What is said of some mailboxes goes before what is said of all, a rule before that, and a later
 * table before an earlier one.
 */
function windowsOf(config: Config, link: string): Window[] {
  const { said } = readLinkSetting(config, link, 'keep')
  const keep = said ?? config.values(clientSettings).keep
  const some = [...config.named(mailboxSettings)].map(([pattern, { keep }]) => ({
    mailboxes: [pattern],
    keep,
  }))
  const ruled = [...config.named(ruleSettings).values()].flatMap(({ links, mailboxes = [], keep }) =>
    links && !links.includes(link) ? [] : { mailboxes, keep },
  )
  const own = [...some, ...ruled].flatMap(({ mailboxes, keep }) =>
    keep === undefined ? [] : { mailboxes, keep },
  )
  return keep === 'all' && own.length === 0 ? [] : [{ mailboxes: [], keep }, ...own]
}
