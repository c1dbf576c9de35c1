import { InvalidValue } from '../../../settings/invalid-value.js'
import { type Kind, printText } from '../../../settings/kind.js'
import { setting } from '../../../settings/section.js'
import { type ImapSettings, imapAccount } from './imap-settings.js'
import { type SubmitSettings, submitTable } from './submit-settings.js'
import { tableOfSettings } from './table-of-settings.js'

/** An account on a Maildir. */
interface MaildirAccount {
  readonly maildir: string
  readonly submit?: SubmitSettings
}

/** An account as the file has it: a Maildir's place, or a table, of a Maildir or an IMAP server. */
export type AccountStore = MaildirAccount | ImapSettings

const maildirPlace: Kind<string> = {
  what: 'a mail store like "maildir:PATH", or "imap"',
  label: 'mail store',
  read: (value, place) => {
    const match = typeof value === 'string' ? /^maildir:(.+)$/s.exec(value) : undefined
    if (!match?.[1]) throw new InvalidValue(maildirPlace.what)
    return place.resolve(match[1])
  },
  print: (path) => printText(`maildir:${path}`),
}

const maildirTable = tableOfSettings<{ readonly mailstore: string; readonly submit?: SubmitSettings }>(
  {
    mailstore: setting(maildirPlace, { help: 'Where the mail of this account is' }),
    submit: setting(submitTable, { help: 'How its mail is sent' }),
  },
  {
    what: 'the table of a Maildir: mailstore = "maildir:PATH", and how its mail is sent',
    label: 'Maildir',
    checked: ({ mailstore, submit }) => {
      if (mailstore === undefined) throw new InvalidValue(`${maildirTable.what}; mailstore is missing`)
      return { mailstore, ...(submit && { submit }) }
    },
  },
)

export const accountStore: Kind<AccountStore> = {
  what: 'a mail store like "maildir:PATH", or the table of an IMAP server',
  label: 'mail store',
  read: (value, place) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      if (typeof value !== 'string' || !/^maildir:./s.test(value)) throw new InvalidValue(accountStore.what)
      return { maildir: maildirPlace.read(value, place) }
    }
    const { mailstore } = value as { readonly mailstore?: unknown }
    if (typeof mailstore !== 'string' || !mailstore.startsWith('maildir:'))
      return imapAccount.read(value, place)
    const { mailstore: maildir, ...more } = maildirTable.read(value, place)
    return { maildir, ...more }
  },
  print: (store) => {
    if (!('maildir' in store)) return imapAccount.print(store)
    const { maildir, ...more } = store
    return more.submit ? maildirTable.print({ mailstore: maildir, ...more }) : maildirPlace.print(maildir)
  },
}
