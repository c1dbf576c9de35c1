import { chooseLink } from '../../link/profile/choose-link.js'
import type { LinkProfile } from '../../link/profile/link-profile.js'
import { openingOrder } from '../../sync/policy/mailbox-order.js'
import type { Policy } from '../../sync/policy/policy.js'
import type { CommandContext } from '../command-context.js'
import type { ClientSession } from '../session/client-session.js'
import { policyOf } from '../settings/client-settings.js'
import type { OpenConfig } from '../settings/open-config.js'
import { runCommand } from '../settings/run-command.js'
import { networkState } from './network-state.js'

/** The profile of the link that a run goes over. Throws CONFIG. */
export function chosenLink({ config }: OpenConfig, signal: AbortSignal): Promise<LinkProfile> {
  return chooseLink(config, {
    run: (command) => runCommand(command, { what: 'linkCommand', signal }),
    network: networkState,
  })
}

/** The link that is up by now, and the policy that a run on it would go by. Throws CONFIG. */
export async function rulesNow(
  { signal }: Pick<CommandContext, 'signal'>,
  session: ClientSession,
): Promise<{ readonly profile: LinkProfile; readonly policy: Policy }> {
  const profile = await chosenLink(session.open, signal)
  return { profile, policy: await policyNow(session, profile.name) }
}

/** The policy that a run on this link goes by. Throws CONFIG. */
export async function policyNow({ account, open, settings }: ClientSession, link: string): Promise<Policy> {
  const first = await openingOrder(account.replica, settings.priority)
  return { ...policyOf(open, { link, nowMs: account.replica.now() }), first }
}
