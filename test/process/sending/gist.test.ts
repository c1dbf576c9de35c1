import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '../../world/until.js'
import { makeSender } from './sender.js'

/** A page of which the text is here: what a mail program does with that is done to the page. */

const page = `From: Harbour <news@harbour.example>
To: ann@example.org
Subject: News
Date: Mon, 02 Nov 2026 10:00:00 +0000
Message-ID: <news@harbour.example>
MIME-Version: 1.0
Content-Type: text/html; charset=utf-8

<html><head><style>${'.a { color: red }\n'.repeat(300)}</style></head><body><p>The dues rise in May.</p></body></html>
`
const written = 'From: ann@example.org\nTo: bob@example.org\nSubject: Fwd: News\nMIME-Version: 1.0\n'
const latin = (bytes: Uint8Array = new Uint8Array()): string => Buffer.from(bytes).toString('latin1')

test('the text of a page is never sent or kept as if it were the page, whatever becomes of it here', async (t) => {
  const sender = await makeSender(t)
  const { person, server } = sender
  server.person.deliver(['INBOX'], page)
  server.person.makeMailbox(['Archive'])
  const sync = () => sender.sync(['--link', 'iridium'])
  await sync()
  const standIn = latin(person.read(person.find(['INBOX'], 'News')))
  assert.match(standIn, /\nThe dues rise in May\.\n/)

  const [, text = ''] = standIn.split(/\n\n([\s\S]*)/)
  assert.notEqual(await sender.sendmail(['-t'], `${written}\n----- News -----\n${text}`), 0)
  const enclosed = `${written}Content-Type: multipart/mixed; boundary=b\n\n--b\n\nSee this.\n--b\nContent-Type: message/rfc822\n\n${standIn}\n--b--\n`
  assert.equal(await sender.sendmail(['-t'], enclosed), 0)
  await sync()
  await until(async () => sender.smtp.taken.length === 1)
  assert.ok(latin(sender.smtp.taken[0]?.bytes).replaceAll('\r\n', '\n').includes(page))

  const moved = person.moveAsMutt(person.markSeen(person.find(['INBOX'], 'News')), ['Archive'])
  person.copy(moved, ['INBOX'])
  await sync()
  for (const mailbox of ['INBOX', 'Archive'])
    assert.deepEqual(
      server.person.list([mailbox]).map((mail) => latin(server.person.read(mail))),
      [page],
      mailbox,
    )
  assert.match(latin(person.read(person.find(['Archive'], 'News'))), /\nThe dues rise in May\.\n/)
  await sender.sync(['--link', 'lan'])
  for (const mailbox of ['INBOX', 'Archive'])
    assert.deepEqual(
      person.list([mailbox]).map((mail) => latin(person.read(mail))),
      [page],
      mailbox,
    )
})
