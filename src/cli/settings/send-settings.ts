import { duration, text } from '../../settings/kind.js'
import { section, setting } from '../../settings/section.js'

/** What `packetboat sendmail` reads. */
export const sendSettings = section({
  table: '',
  side: 'client',
  about: 'Mail that you send',
  settings: {
    sendFrom: setting(text, {
      example: '"Ann <ann@example.org>"',
      help: 'The sender of mail that names none. By default the first identity that the endpoint names',
      ofOneAccount: true,
      check: (value) =>
        /[^\s<>@]@[^\s<>@]+>?$/.test(value) ? undefined : 'an address like "Ann <ann@example.org>"',
    }),
    localMail: setting(text, {
      example: '"ann@example.org"',
      help: 'The address that gets mail for names of this machine, such as "root", to which cron sends. By default such mail is refused',
      check: (value) =>
        /^[^\s<>@]+@[^\s<>@]+$/.test(value) ? undefined : 'an address like "ann@example.org"',
    }),
    hold: setting(duration(), {
      default: 0,
      example: '"2 min"',
      help: 'How long mail stays here before a sync takes it, so that you can take it back with packetboat outbox cancel',
    }),
  },
})
