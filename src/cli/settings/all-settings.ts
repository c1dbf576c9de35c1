import { lineSettings, linkSettings } from '../../link/profile/line-settings.js'
import { createRegistry, type Registry } from '../../settings/registry.js'
import { pictureSettings } from '../pictures/picture-settings.js'
import { scheduleSettings } from '../schedule/schedule-settings.js'
import { hookSettings } from '../sync-run/hooks.js'
import { allowanceSettings, linkAllowanceSettings } from '../usage/allowance.js'
import { budgetSettings } from './budget-settings.js'
import { clientSettings, mailboxSettings } from './client-settings.js'
import { endpointSettings } from './endpoint-settings.js'
import { generalSettings } from './general-settings.js'
import { linkComeSettings } from './link-come-settings.js'
import { ruleSettings } from './rule-settings.js'
import { sendSettings } from './send-settings.js'

/** Every module's settings. A new section is written beside what reads it, and named here. */
export function allSettings(): Registry {
  return createRegistry([
    generalSettings,
    clientSettings,
    lineSettings,
    budgetSettings,
    allowanceSettings,
    endpointSettings,
    mailboxSettings,
    sendSettings,
    pictureSettings,
    ruleSettings,
    linkSettings,
    linkComeSettings,
    linkAllowanceSettings,
    hookSettings,
    scheduleSettings,
  ])
}
