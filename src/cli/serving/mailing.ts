import type { Mailing } from '../../sync/account.js'
import type { SendSettings } from '../../sync/submission/send-due.js'
import type { EndpointSettings } from '../settings/endpoint-settings.js'

/** How mail of an account is sent, as its settings say. Undefined where none is. */
export function mailingOf(_settings: EndpointSettings, _account: string): Mailing | undefined {
  return undefined
}

export function sendSettingsOf(_settings: EndpointSettings, _account: string): SendSettings | undefined {
  return undefined
}
