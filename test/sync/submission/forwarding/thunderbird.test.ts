import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { latin } from '../../../world/shown.js'
import { fileIn } from '../forwarded.js'
import { makeForwarder, plan, planPart } from './forwarder.js'

/**
 * Drafts as Thunderbird 153.8 has saved them over IMAP, each made of a message of which the attachment isn't here. No test installs
 * Thunderbird, so these are its bytes, shortened where its pages are long.
 */

const boundary = '------------yKKM678Jadz21CpB387sq9JK'

/** What it notes for itself, and what goes to nobody else. */
const notes = `X-Mozilla-Draft-Info: internal/draft; vcard=0; receipt=0; DSN=0; uuencode=0;
 attachmentreminder=0; deliveryformat=0
X-Identity-Key: id1
Fcc: imap://ann@127.0.0.1/Sent
`

const header = (subject: string, more = ''): string =>
  `Content-Type: multipart/mixed; boundary="${boundary}"
Message-ID: <d0772539-176a-4555-8767-78d79881a2f9@example.org>
Date: Mon, 30 Nov 2026 10:06:59 +0000
MIME-Version: 1.0
User-Agent: Mozilla Thunderbird
References: <plan@example.org>
Subject: ${subject}
Content-Language: en-US
To: eve@x.org
From: Ann <ann@example.org>
${notes}In-Reply-To: <plan@example.org>
${more}
This is a multi-part message in MIME format.
`

const forwarded = 'X-Forwarded-Message-Id: <plan@example.org>\n'

const page = (body: string): string =>
  `--${boundary}
Content-Type: text/html; charset=UTF-8
Content-Transfer-Encoding: 7bit

<!DOCTYPE html>
<html>
  <head>

    <meta http-equiv="content-type" content="text/html; charset=UTF-8">
  </head>
  <body>
    <p><br>
    </p>
${body}  </body>
</html>
`

const container = `    <div class="moz-forward-container"><br>
      <br>
      -------- Forwarded Message --------
      <br>
      The text of plan.<br>
    </div>
`

const text = `--${boundary}
Content-Type: text/plain; charset=UTF-8; format=flowed
Content-Transfer-Encoding: 7bit


The text of plan.
`

const message = (standIn: string): string =>
  `--${boundary}
Content-Type: message/rfc822; name="plan.eml"
Content-Disposition: attachment; filename="plan.eml"
Content-Transfer-Encoding: 7bit

${standIn}
--${boundary}--
`

const file = (standIn: string): string => {
  const [, words = ''] = fileIn(standIn).split('\n\n')
  const encoded = Buffer.from(`${words}\n`, 'latin1')
    .toString('base64')
    .replace(/.{72}(?=.)/g, '$&\n')
  return `--${boundary}
Content-Type: application/x-packetboat-missing; name="plan.pdf - not here
 yet.txt"
Content-Disposition: attachment; filename="plan.pdf - not here yet.txt"
Content-Transfer-Encoding: base64

${encoded}

--${boundary}--
`
}

/** With what is put in at the endpoint. */
const enclosed = message(latin(plan))
const attached = `--${boundary}\n${planPart}\n--${boundary}--\n`

const drafts: readonly (readonly [
  how: string,
  before: string,
  carried: (standIn: string) => string,
  arrives: string,
])[] = [
  ['Forward As Attachment', header('Fwd: plan', forwarded) + page(''), message, enclosed],
  ['Forward As Inline', header('Fwd: plan', forwarded) + page(container), file, attached],
  ['Forward As Inline, without HTML', header('Fwd: plan', forwarded) + text, file, attached],
  ['Edit As New Message', header('plan') + text, file, attached],
  ['Redirect', header('plan', 'Reply-To: Bob <bob@example.org>\n') + text, file, attached],
]

describe('a draft that Thunderbird has saved', () => {
  for (const [how, before, carried, arrives] of drafts)
    it(`goes with what isn't here, byte for byte, and without what it notes for itself: ${how}`, async () => {
      const { spool, goes, standIn } = await makeForwarder()
      const draft = before + carried(standIn)
      assert.ok(draft.includes(notes))
      spool.put(draft)
      assert.deepEqual(await goes(), [before.replace(notes, '') + arrives])
    })
})
