import { type AsideBounds, defaultAsideBounds } from '../mailstore/aside-folder.js'
import { count, duration, oneOf, path, share, size } from '../settings/kind.js'
import { section, setting, type ValuesOf } from '../settings/section.js'
import { defaultGuard, type Guard } from '../sync/guard.js'

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
      help: 'The version of the settings that the file was written for',
      check: (version) =>
        version === configVersion ? undefined : `${configVersion}: a newer packetboat wrote this file`,
    }),
    data: setting(path, {
      example: '"~/.local/share/packetboat"',
      help: 'The directory for databases, locks and keys',
    }),
    names: setting(oneOf('mutf7', 'utf8'), {
      default: 'mutf7',
      help: 'Mailbox names on disk: modified UTF-7, as Dovecot has them by default, or UTF-8',
      flag: '--names <encoding>',
    }),
    layout: setting(oneOf('auto', 'maildir++', 'fs'), {
      default: 'auto',
      help: 'How a Maildir\'s folders lie: all beside one another as ".Work.Sub" (maildir++), one within another as "Work/Sub" (fs), or what a tree looks like',
      flag: '--layout <layout>',
    }),
    guardShare: setting(share, {
      default: defaultGuard.share,
      help: "More than this share of a mailbox isn't expunged in one go without asking",
    }),
    guardLeast: setting(count, {
      default: defaultGuard.least,
      help: 'Fewer messages than this may always go',
    }),
    keepExpunged: setting(duration('days'), {
      default: defaultAsideBounds.keepMs,
      help: 'How long packetboat expunged has what went from here because the other side said so',
    }),
    keepExpungedSize: setting(size, {
      default: defaultAsideBounds.mostBytes,
      help: 'The room that this may take; beyond it the oldest goes',
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
