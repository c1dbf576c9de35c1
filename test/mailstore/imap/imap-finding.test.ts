import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { MailboxPath } from '../../../src/replica/model.js'
import { firstAnswer, lastAnswer } from '../servers/first-answer.js'
import { type ImapSide, imapSide } from '../servers/imap-world.js'
import { mailServers, waysToSpeak } from '../servers/mail-servers.js'

/** Questions to an endpoint that hasn't read its account's mail for the index yet: the IMAP server says where to look. */

const mail = (from: string, subject: string, text: string, more = ''): Uint8Array =>
  new TextEncoder().encode(
    `From: ${from}\r\n${more}Subject: ${subject}\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n${text}\r\n`,
  )

const mails: readonly (readonly [path: MailboxPath, bytes: Uint8Array])[] = [
  [['INBOX'], mail('Ann Smith <ann@example.org>', 'Berth', 'The harbour dues rise to five fathoms.')],
  [['INBOX'], mail('Bo <bo@example.org>', 'Dues', 'Dues of the harbour, says the banner.')],
  [
    ['Work'],
    mail(
      'Di <di@example.org>',
      '=?utf-8?q?Gr=C3=BC=C3=9Fe?=',
      'Schöne Grüße vom Kai.',
      'Cc: Cy <cy@example.org>\r\n',
    ),
  ],
  [['Work'], mail('Cy <cy@example.org>', 'Quay', 'Nothing about money.', 'To: Bo <bo@example.org>\r\n')],
]

/** What is asked, what fits, and how much is in no index then. */
const cases: readonly (readonly [text: string, subjects: readonly string[], left: number])[] = [
  ['fathoms', ['Berth'], 3],
  ['from:bo', ['Dues'], 3],
  ['to:cy', ['Grüße'], 3],
  ['to:bo', ['Quay'], 3],
  ['subject:dues', ['Dues'], 3],
  ['subject:grüße', ['Grüße'], 3],
  ['schöne grüße', ['Grüße'], 3],
  ['harbour dues', ['Berth', 'Dues'], 2],
  // The server names both; they stand in a row in one of them.
  ['"harbour dues"', ['Berth'], 2],
  // It stands within a word of the other one.
  ['from:ann', ['Berth'], 3],
  ['bann', ['Dues'], 3],
  ['harbour in:Work', [], 4],
  ['money after:2020 before:2100 in:Work', ['Quay'], 3],
  ['money before:2020', [], 4],
  ['nowhere', [], 4],
]

async function sideWithMail(
  server: Parameters<typeof imapSide>[0],
  without: readonly string[],
): Promise<ImapSide> {
  const side = await imapSide(server, { without })
  await side.mail.createMailbox(['Work'])
  for (const [path, bytes] of mails) await side.mail.deliver(path, bytes)
  return side
}

for (const { name, skip, start } of mailServers) {
  const server = skip === undefined ? start() : undefined
  after(async () => (await server)?.stop())
  for (const { called, without } of waysToSpeak.filter((_, at) => at !== 1))
    test(`${name}: names what may fit a question, and that is read first, ${called}`, { skip }, async () => {
      const running = await server
      if (!running) return
      for (const [text, subjects, left] of cases) {
        const side = await sideWithMail(running, without)
        try {
          assert.deepEqual(await firstAnswer(side.account, text), { subjects, left }, text)
          assert.deepEqual(await lastAnswer(side.account, text), subjects, text)
        } finally {
          await side.close()
        }
      }
    })
}
