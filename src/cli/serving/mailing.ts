import { hostname } from 'node:os'
import type { Mailing } from '../../sync/account.js'
import { coversAddress } from '../../sync/submission/identities.js'
import { nextTryMs } from '../../sync/submission/next-try.js'
import type { SendSettings } from '../../sync/submission/send-settings.js'
import { submitterOf } from '../session/submitter-of.js'
import { defaultGiveUpAfterMs, type SubmitSettings } from '../settings/accounts/submit-settings.js'
import type { EndpointSettings } from '../settings/endpoint-settings.js'

/** How mail of accounts is sent, as the settings say. */
export interface Mailings {
  /** Undefined where no mail is sent from that account. */
  mailingOf(settings: EndpointSettings, account: string): Mailing | undefined
  sendSettingsOf(settings: EndpointSettings, account: string): SendSettings | undefined
  /** Asks the server what it takes, once a day: devices are told, and refuse at once what it won't take. */
  askLimits(settings: EndpointSettings, account: string, signal: AbortSignal): Promise<void>
}

const askEveryMs = 24 * 3_600_000

export function createMailings(now: () => number): Mailings {
  const known = new Map<string, { readonly askedMs: number; readonly maxBytes?: number }>()
  const submitOf = (settings: EndpointSettings, account: string): SubmitSettings | undefined =>
    settings.accounts[account]?.submit
  return {
    mailingOf(settings, account) {
      const submit = submitOf(settings, account)
      if (!submit) return undefined
      const { identities } = submit
      const maxBytes = known.get(account)?.maxBytes
      return {
        terms: { identities, ...(maxBytes !== undefined && { maxBytes }) },
        refuse: async (_, { envelope, sizeBytes }) => {
          if (envelope.from !== '' && !coversAddress(identities, envelope.from))
            return `This account may not send as ${envelope.from}.`
          if (maxBytes !== undefined && sizeBytes > maxBytes)
            return `The mail server takes no more than ${maxBytes} bytes, and this is ${sizeBytes}.`
          return undefined
        },
      }
    },
    sendSettingsOf(settings, account) {
      const submit = submitOf(settings, account)
      if (!submit) return undefined
      const { identities, sent = 'auto', drafts = 'remove', uncertain = 'resend' } = submit
      const { giveUpAfter = defaultGiveUpAfterMs } = submit
      return {
        submitter: submitterOf(submit),
        identities,
        sent,
        drafts,
        uncertain,
        nextTryMs: (tries, sinceMs) => nextTryMs(tries, sinceMs, giveUpAfter),
        host: hostname(),
      }
    },
    async askLimits(settings, account, signal) {
      const submit = submitOf(settings, account)
      if (!submit || now() - (known.get(account)?.askedMs ?? Number.NEGATIVE_INFINITY) < askEveryMs) return
      const before = known.get(account)
      known.set(account, { ...before, askedMs: now() })
      // What a server that is away takes is found out when mail is handed over.
      const { maxBytes } = await submitterOf(submit)
        .limits(signal)
        .catch(() => ({ maxBytes: before?.maxBytes }))
      known.set(account, { askedMs: now(), ...(maxBytes !== undefined && { maxBytes }) })
    },
  }
}
