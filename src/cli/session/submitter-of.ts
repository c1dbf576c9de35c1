import type { Submitter } from '../../sync/submission/submitter.js'
import { mailServerOf, type SubmitSettings, sendmailOf } from '../settings/accounts/submit-settings.js'

/** What hands over the mail of an account, as its settings say. Loaded when it is first used: the library takes its time. */
export function submitterOf(settings: SubmitSettings): Submitter {
  let opened: Promise<Submitter> | undefined
  const open = (): Promise<Submitter> => {
    opened ??= openSubmitter(settings)
    return opened
  }
  return {
    limits: async (signal) => (await open()).limits(signal),
    submit: async (...mail) => (await open()).submit(...mail),
    end: () => void opened?.then((submitter) => submitter.end?.()),
  }
}

async function openSubmitter(settings: SubmitSettings): Promise<Submitter> {
  if (settings.via === 'sendmail') {
    const { openSendmailSubmitter } = await import('../../submit/sendmail.js')
    return openSendmailSubmitter({ argv: sendmailOf(settings) })
  }
  const { openSmtpSubmitter } = await import('../../submit/smtp.js')
  return openSmtpSubmitter(mailServerOf(settings))
}
