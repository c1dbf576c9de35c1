import { chooseLink } from '../link/choose-link.js'
import type { LinkProfile } from '../link/link-profile.js'
import { openingOrder } from '../sync/mailbox-order.js'
import type { Policy } from '../sync/policy.js'
import type { ClientSession } from './client-session.js'
import { policyOf } from './client-settings.js'
import type { CommandContext } from './command-context.js'
import { networkState } from './network-state.js'
import type { OpenConfig } from './open-config.js'
import { runCommand } from './run-command.js'

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
