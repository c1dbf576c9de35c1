import { type AsideBounds, defaultAsideBounds } from '../../mailstore/aside-folder.js'
import { count, duration, oneOf, path, share, size } from '../../settings/kind.js'
import { section, setting, type ValuesOf } from '../../settings/section.js'
import { defaultGuard, type Guard } from '../../sync/policy/guard.js'

/** The version of files that this program writes. An older one will be read by the meaning that its settings had. */
export const configVersion = 1

/** What both sides read. */
export const generalSettings = section({
  table: '',
  side: 'both',
  about: 'Both sides',
  settings: {
    config_version: setting(count, {
      default: configVersion,
      ofAllAccounts: true,
      help: 'The version of the settings for which this file was written',
      check: (version) =>
        version === configVersion ? undefined : `${configVersion}: a newer packetboat wrote this file`,
    }),
    data: setting(path, {
      example: '"~/.local/share/packetboat"',
      help: 'The directory for databases, locks and keys',
      ofOneAccount: true,
    }),
    names: setting(oneOf('mutf7', 'utf8'), {
      default: 'mutf7',
      help: 'The encoding of mailbox names on disk: modified UTF-7 (also the default of Dovecot) or UTF-8',
      flag: '--names <encoding>',
    }),
    layout: setting(oneOf('auto', 'maildir++', 'fs'), {
      default: 'auto',
      help: 'The layout of the folders in a Maildir: side by side as ".Work.Sub" (maildir++), nested as "Work/Sub" (fs), or detected (auto)',
      flag: '--layout <layout>',
    }),
    guardShare: setting(share, {
      default: defaultGuard.share,
      help: 'Ask before more than this share of a mailbox is deleted at once',
    }),
    guardLeast: setting(count, {
      default: defaultGuard.least,
      help: 'Delete fewer messages than this without asking',
    }),
    keepExpunged: setting(duration('days'), {
      default: defaultAsideBounds.keepMs,
      help: 'How long messages that a sync has deleted here can be restored with packetboat expunged',
    }),
    keepExpungedSize: setting(size, {
      default: defaultAsideBounds.mostBytes,
      help: 'How much space these messages may take; the oldest are removed first',
    }),
  },
})

export function asideOf({
  keepExpunged,
  keepExpungedSize,
}: ValuesOf<typeof generalSettings.settings>): AsideBounds {
  return { keepMs: keepExpunged, mostBytes: keepExpungedSize }
}

export function guardOf({ guardShare, guardLeast }: ValuesOf<typeof generalSettings.settings>): Guard {
  return { share: guardShare, least: guardLeast }
}
