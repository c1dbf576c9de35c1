import { openSendmailSubmitter } from '../../src/submit/sendmail.js'
import { openSmtpSubmitter } from '../../src/submit/smtp.js'
import { submitterConformance } from '../../testing/submitter.js'
import { makeSendmail, startServer } from './servers.js'

const host = '127.0.0.1'

for (const hidePIPELINING of [false, true])
  submitterConformance(
    `SMTP ${hidePIPELINING ? 'without' : 'with'} pipelining`,
    async (t) => {
      const { port, taken } = await startServer(t, { hidePIPELINING, size: 1_000_000 })
      const submitter = openSmtpSubmitter({ protocol: 'smtp', at: { host, port }, tls: 'none' })
      return { submitter, taken: async () => taken }
    },
    { eachRecipient: true, lineEnd: '\r\n' },
  )

submitterConformance(
  'LMTP',
  async (t) => {
    const { port, taken } = await startServer(t, { lmtp: true })
    const submitter = openSmtpSubmitter({ protocol: 'lmtp', at: { host, port }, tls: 'none' })
    return { submitter, taken: async () => taken }
  },
  { eachRecipient: true, lineEnd: '\r\n' },
)

submitterConformance(
  'sendmail',
  async (t) => {
    const { argv, taken } = makeSendmail(t)
    return { submitter: openSendmailSubmitter({ argv }), taken: async () => taken() }
  },
  { eachRecipient: false, lineEnd: '\n' },
)
