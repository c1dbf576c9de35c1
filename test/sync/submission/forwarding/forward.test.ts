import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { memorySource, readRange } from '../../../../src/bytes/source.js'
import { partSource } from '../../../../src/mime/read-part.js'
import { getContent } from '../../../../src/replica/content/contents.js'
import { getMessage } from '../../../../src/replica/messages.js'
import type { QuotaRecord } from '../../../../src/replica/records.js'
import type { Reference } from '../../../../src/replica/submission/submission.js'
import { cancelSubmission, listSubmissions } from '../../../../src/replica/submission/submissions.js'
import { tables } from '../../../../src/replica/tables.js'
import { wantParts } from '../../../../src/replica/wishes.js'
import { defaultQuota } from '../../../../src/sync/policy/device-quota.js'
import { takeSpool } from '../../../../src/sync/submission/take-spool.js'
import { collect, split } from '../../../mime/message-builders.js'
import { findMessage, isStandIn, latin, locatorOf, messagesIn, stateOf } from '../../../world/shown.js'
import { attach, fileIn, forward, fwdHeader } from '../forwarded.js'
import { makeForwarder, plan, planPart } from './forwarder.js'

/** Its body as a mail program writes it that encodes what it attaches. */
const encodedAs = (file: string, encoding: 'base64' | 'quoted-printable'): string => {
  const [head = '', body = ''] = file.split('\n\n')
  const bytes = Buffer.from(body, 'latin1')
  const encoded =
    encoding === 'base64'
      ? bytes.toString('base64').replace(/.{76}/g, '$&\n')
      : bytes.toString('latin1').replaceAll('=', '=3D').replace(/.{60}/g, '$&=\n')
  const type = head.match(/^Content-Type: .*(?:\n .*)*/)?.[0] ?? ''
  return `${type}\nContent-Transfer-Encoding: ${encoding}\n\n${encoded}`
}

const mebi = 1024 * 1024

const inBase64 = (standIn: string, kind?: string): string =>
  forward(Buffer.from(standIn).toString('base64').replace(/.{76}/g, '$&\n'), kind).replace(
    '/rfc822\n',
    '/rfc822\nContent-Transfer-Encoding: base64\n',
  )

const octets = 'Content-Type: application/octet-stream; name=plan.bin'

const resent = 'Resent-From: ann@example.org\nResent-To: eve@example.org\n'

describe('forwarding what is not here', () => {
  it('puts the message in at the endpoint, byte for byte, for its name on the line', async () => {
    const { spool, server, run, send, cost, standIn, client, endpoint, state } = await makeForwarder()
    spool.put(forward(standIn))
    const { up } = await cost(run)
    assert.ok(up < 800, `${up} bytes up`)
    await send()
    const whole = forward(latin(plan))
    assert.deepEqual(
      server.taken.map(({ text }) => text),
      [whole],
    )
    const { down } = await cost(run)
    assert.ok(down < 1000, `${down} bytes down`)
    assert.deepEqual(await state(), ['sent: accepted here'])
    assert.equal(latin(messagesIn(endpoint, ['Sent'])[0]?.bytes ?? new Uint8Array()), whole)
    assert.equal(stateOf(client)['Sent']?.length, 1)
  })

  const goesAs: readonly (readonly [how: string, mail: (standIn: string) => string, arrives: string])[] = [
    ['sent on as it was', (standIn) => resent + standIn, resent + latin(plan)],
    [
      'with fields of Thunderbird, from a mailbox in one file',
      (standIn) => forward(`X-Mozilla-Status: 0001\nX-Mozilla-Status2: 00000000\n${standIn}`),
      forward(latin(plan)),
    ],
    ['with CRLF', (standIn) => forward(standIn).replaceAll('\n', '\r\n'), ''],
    [
      'twice in one mail',
      (standIn) => forward(`${standIn}\n--=fwd\nContent-Type: message/rfc822\n\n${standIn}`),
      forward(`${latin(plan)}\n--=fwd\nContent-Type: message/rfc822\n\n${latin(plan)}`),
    ],
    ['in base64, as aerc writes it', (standIn) => inBase64(standIn), forward(latin(plan))],
    [
      'in base64 beside a part',
      (standIn) => inBase64(standIn).replace(/--=fwd--\n?$/, `--=fwd\n${fileIn(standIn)}\n--=fwd--\n`),
      'with its part',
    ],
    ['as placeholders where that is meant', (standIn) => forward(standIn), 'as is'],
  ]
  for (const [how, mail, arrives] of goesAs)
    it(`goes ${how}`, async () => {
      const { spool, goes, standIn } = await makeForwarder()
      const asIs = arrives === 'as is'
      const text = mail(standIn)
      spool.put(text, { ...(asIs && { asIs }) })
      const [sent, ...others] = await goes()
      assert.equal(others.length, 0)
      if (asIs) assert.equal(sent, text.replace(/tag=[0-9a-f]{32}/g, `tag=${'0'.repeat(32)}`))
      else if (arrives === 'with its part') assert.equal(sent, forward(`${latin(plan)}\n--=fwd\n${planPart}`))
      else if (arrives !== '') assert.equal(sent, arrives)
      else assert.ok(sent?.includes(`\r\n\r\n${latin(plan)}\r\n--=fwd--`))
    })

  const staysHere: readonly (readonly [what: string, mail: (standIn: string) => string])[] = [
    ['one that somebody changed', (standIn) => forward(standIn.replace('The text', 'A text'))],
    ['a tag that is not ours', (standIn) => forward(standIn.replace(/tag=[0-9a-f]{8}/, 'tag=00000000'))],
    ['another message under our tag', (standIn) => forward(standIn.replace(/id=[0-9a-f]{8}/, 'id=00000000'))],
    ['one within what somebody else sent', (standIn) => forward(forward(standIn))],
    ['one in what is signed', (standIn) => forward(standIn, 'signed; protocol=x')],
    ['one in base64 that somebody changed', (standIn) => inBase64(standIn.replace('The text', 'A text'))],
    ['one in base64 in what is signed', (standIn) => inBase64(standIn, 'signed; protocol=x')],
    ['one in base64 within what somebody else sent', (standIn) => forward(inBase64(standIn))],
    ['one in base64 and one in its words', (standIn) => `${inBase64(standIn)}\n${standIn}`],
    [
      'one in base64 that would end what is around it',
      (standIn) => inBase64(standIn).replaceAll('--=fwd', '--b').replace('"=fwd"', 'b'),
    ],
    ['one among what is quoted', (standIn) => `${fwdHeader}\n${standIn}`],
    ['its words beside one', (standIn) => `${forward(standIn)}\n${standIn}`],
  ]
  for (const [what, mail] of staysHere)
    it(`sends no placeholder: ${what}`, async () => {
      const { spool, goes, standIn, state } = await makeForwarder()
      spool.put(mail(standIn))
      assert.deepEqual(await goes(), [])
      assert.match((await state()).join(), /^refused: It has a placeholder/)
      assert.deepEqual(await spool.list(), [])
    })

  const carries: readonly (readonly [how: string, file: (file: string) => string])[] = [
    ['as it stands', (file) => file],
    ['in base64', (file) => encodedAs(file, 'base64')],
    ['in quoted-printable', (file) => encodedAs(file, 'quoted-printable')],
    [
      'by a program that makes up its header',
      (file) => `Content-Type: text/plain\n\n${file.split('\n\n')[1]}`,
    ],
  ]
  for (const [how, file] of carries)
    it(`puts a single part in, byte for byte, that a mail carries along ${how}`, async () => {
      const { spool, server, run, send, cost, standIn, state } = await makeForwarder()
      assert.match(fileIn(standIn), /^Content-Type: [\s\S]*tag=[0-9a-f]{32}\]$/)
      spool.put(attach(file(fileIn(standIn))))
      const { up } = await cost(run)
      assert.ok(up < 800, `${up} bytes up`)
      await send()
      assert.deepEqual(
        server.taken.map(({ text }) => text),
        [attach(planPart)],
      )
      await run()
      assert.deepEqual(await state(), ['sent: accepted here'])
    })

  it('puts in a part and a message in one mail, each in its place', async () => {
    const { spool, goes, standIn } = await makeForwarder()
    const both = (file: string, message: string): string =>
      attach(`Content-Type: message/rfc822\n\n${message}\n--=fwd\n${file}\n--=fwd\n${file}`)
    spool.put(both(fileIn(standIn), standIn))
    assert.deepEqual(await goes(), [both(planPart, latin(plan))])
  })

  it('puts in a part that is wanted, and one that has come meanwhile', async () => {
    const { spool, goes, run, standIn, client } = await makeForwarder()
    const guid = /id=([0-9a-f]{32});/.exec(standIn)?.[1] ?? ''
    spool.put(attach(fileIn(standIn)))
    await client.account.replica.db.transact(async (tx) => {
      const message = await getMessage(tx, guid)
      const content = message && (await getContent(tx, message.content))
      assert.deepEqual(content && wantParts(tx, content, [1]), [1])
    })
    const before = await goes()
    assert.deepEqual(before, [attach(planPart)])
    await run()
    assert.ok(!isStandIn(findMessage(client, 'plan').bytes))
    spool.put(attach(fileIn(standIn)))
    assert.deepEqual(await goes(), [...before, attach(planPart)])
  })

  const asItIs: readonly (readonly [how: string, mail: (standIn: string) => string])[] = [
    ['sent on', (standIn) => resent + standIn],
    ['folded', (standIn) => forward(standIn.replace(/; (sum|tag)=/g, ';\n $1='))],
    ['quoted', (standIn) => `${fwdHeader}\n${standIn.replace(/^/gm, '> ')}`],
    ['as a file in base64', (standIn) => attach(encodedAs(fileIn(standIn), 'base64'))],
    [
      'as a file of which the program knows no type',
      (standIn) =>
        attach(encodedAs(fileIn(standIn), 'base64').replace(/^Content-Type: .*(?:\n .*)*/, octets)),
    ],
    ['as a file in quoted-printable', (standIn) => attach(encodedAs(fileIn(standIn), 'quoted-printable'))],
    [
      'whole in base64',
      (standIn) =>
        attach(
          `Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n${Buffer.from(`x${standIn}`).toString('base64').replace(/.{76}/g, '$&\n')}`,
        ),
    ],
  ]
  for (const [how, mail] of asItIs)
    it(`tells nobody the proof of what it sends as a placeholder: ${how}`, async () => {
      const { spool, goes, standIn } = await makeForwarder()
      const proofs = [...new Set(standIn.match(/(?<=tag=)[0-9a-f]{32}/g))]
      assert.equal(proofs.length, 2)
      const read = async (text: string): Promise<string> => {
        const bytes = Buffer.from(text)
        const skeleton = await split(bytes)
        const bodies = skeleton.parts.map(async (_, i) =>
          latin(await collect(readRange(partSource(memorySource(bytes), skeleton, i)))),
        )
        return [text, ...(await Promise.all(bodies))].join('\n')
      }
      assert.ok(await read(mail(standIn)).then((text) => proofs.some((tag) => text.includes(tag))))
      spool.put(mail(standIn), { asIs: true })
      const [sent = ''] = await goes()
      assert.equal(sent.length, mail(standIn).length)
      const shown = await read(sent)
      assert.ok(!proofs.some((tag) => shown.includes(tag)))
      const zeros = (text: string): string =>
        proofs.reduce((all, tag) => all.replaceAll(tag, '0'.repeat(32)), text)
      assert.equal(
        shown.split('\n').at(-1),
        zeros(await read(mail(standIn)))
          .split('\n')
          .at(-1),
      )
    })

  const armour = (text: string): string =>
    `${fwdHeader}\n-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n${text}\n-----BEGIN PGP SIGNATURE-----\n\niQ==\n-----END PGP SIGNATURE-----\n`
  const signed: readonly (readonly [how: string, mail: (standIn: string) => string])[] = [
    ['by OpenPGP', (standIn) => forward(standIn, 'signed; protocol="application/pgp-signature"')],
    [
      'by S/MIME, an attachment',
      (standIn) => attach(fileIn(standIn), 'signed; protocol="application/pkcs7-signature"'),
    ],
    [
      'by S/MIME, all in one',
      (standIn) =>
        attach(
          `Content-Type: application/pkcs7-mime; smime-type=signed-data\nContent-Transfer-Encoding: base64\n\n${Buffer.from(
            `0\x82${fileIn(standIn)}`,
            'latin1',
          )
            .toString('base64')
            .replace(/.{76}/g, '$&\n')}`,
        ),
    ],
    ['in its text', armour],
    ['by DKIM', (standIn) => `DKIM-Signature: v=1; a=rsa-sha256; bh=x; b=y\n${forward(standIn)}`],
    [
      'and quotes one',
      (standIn) => `In-Reply-To: <plan@example.org>\n${armour(fileIn(standIn).replace(/^/gm, '> '))}`,
    ],
  ]
  for (const [how, mail] of signed) {
    it(`sends what is signed ${how} as it is, byte for byte, only if that is meant`, async () => {
      const { spool, goes, standIn, state } = await makeForwarder()
      spool.put(mail(standIn), { asIs: true })
      assert.deepEqual(await goes(), [mail(standIn)])
      assert.deepEqual(await state(), ['sent: accepted here'])
    })
    it(`sends no proof in what is signed ${how}, and puts nothing in`, async () => {
      const { spool, goes, standIn, state } = await makeForwarder()
      spool.put(mail(standIn))
      assert.deepEqual(await goes(), [])
      assert.match((await state()).join(), /^refused: It (?:has a placeholder|is signed)/)
    })
  }

  const noFile: readonly (readonly [what: string, mail: (file: string) => string])[] = [
    ['of another account', (file) => attach(file.replace(/tag=[0-9a-f]{8}/, 'tag=00000000'))],
    ['of another name', (file) => attach(file.replaceAll('plan.pdf', 'plan.png'))],
    ['of another part', (file) => attach(file.replaceAll(/\/2([;\]])/g, '/1$1'))],
    ['with more in it', (file) => attach(`${file}\nand more`)],
    ['in what is signed', (file) => attach(file, 'signed; protocol=x')],
    ['in a forwarded message', (file) => attach(`Content-Type: message/rfc822\n\n${attach(file)}`)],
    ['in place of all the text', (file) => `${fwdHeader}${file}\n`],
    [
      'of another account, in base64',
      (file) => attach(encodedAs(file.replace(/tag=[0-9a-f]{8}/, 'tag=00000000'), 'base64')),
    ],
  ]
  for (const [what, mail] of noFile)
    it(`sends nothing in place of a part: ${what}`, async () => {
      const { spool, goes, standIn, state } = await makeForwarder()
      const file = fileIn(standIn)
      assert.notEqual(mail(file), attach(file))
      spool.put(mail(file))
      assert.deepEqual(await goes(), [])
      assert.match((await state()).join(), /^refused: It has a placeholder/)
    })

  it('says so where the message with a part is gone', async () => {
    const { spool, goes, run, standIn, state, endpoint } = await makeForwarder()
    spool.put(attach(fileIn(standIn)))
    endpoint.mail.person.remove(['INBOX'], locatorOf(endpoint, 'plan'))
    assert.deepEqual(await goes(), [])
    assert.match(
      (await state()).join(),
      /^refused: A message that it forwards is not at the endpoint any more/,
    )
    await run()
  })

  for (const copied of [true, false])
    it(`sends no other bytes where a program has written into the message's file, ${copied ? 'of which there is a copy' : 'the only one'}`, async () => {
      const { spool, server, run, send, standIn, state, endpoint } = await makeForwarder()
      const { person } = endpoint.mail
      if (copied) person.copy(['INBOX'], locatorOf(endpoint, 'plan'), ['INBOX'])
      spool.put(attach(fileIn(standIn)))
      await run()
      const [stored] = endpoint.mail.snapshot().get('INBOX') ?? []
      assert.ok(stored)
      const { locator, ...rest } = stored
      person.putBack(['INBOX'], locator, { ...rest, bytes: plan.with(-200, 33) })
      await send()
      await run()
      if (copied) assert.ok(server.taken[0]?.text.includes(planPart))
      else {
        assert.deepEqual(server.taken, [])
        assert.match(
          (await state()).join(),
          /^refused: A message that it forwards is not at the endpoint any more/,
        )
      }
    })

  it('sends no other bytes where a program writes into the file while it is put in', async () => {
    const ends = new Set<string>()
    let isOver = false
    for (let at = 1; !isOver; at += 2) {
      const { spool, server, run, send, standIn, endpoint } = await makeForwarder()
      spool.put(forward(standIn))
      await run()
      const [stored] = endpoint.mail.snapshot().get('INBOX') ?? []
      assert.ok(stored)
      const { locator, ...rest } = stored
      let reads = 0
      endpoint.ailments.beforeRead = () => {
        if (++reads === at)
          endpoint.mail.person.putBack(['INBOX'], locator, { ...rest, bytes: plan.with(-200, 33) })
      }
      await send()
      endpoint.ailments.beforeRead = undefined
      isOver = reads < at
      const [sent] = server.taken
      ends.add(sent ? 'sent' : 'waits')
      if (sent) assert.equal(sent.text, forward(latin(plan)), `read ${at}`)
    }
    assert.deepEqual([...ends].sort(), ['sent', 'waits'])
  })

  it('says so where the message is gone, with a report, and sends nothing with a hole', async () => {
    const { spool, server, run, send, standIn, state, client, endpoint } = await makeForwarder()
    spool.put(forward(standIn))
    await run()
    endpoint.mail.person.remove(['INBOX'], locatorOf(endpoint, 'plan'))
    await run()
    await send()
    await run()
    assert.deepEqual(server.taken, [])
    assert.deepEqual(await state(), [
      'refused: A message that it forwards is not at the endpoint any more: write the mail again without that.',
    ])
    assert.deepEqual(stateOf(client)['INBOX'], ['Not delivered'])
    const [submission] = await listSubmissions(client.account.replica.db)
    assert.ok(submission && (await tables.content.get(client.account.replica.db, submission.content))?.whole)
  })

  for (const [how, asIs] of [
    ['as an attachment', false],
    ['as it was', true],
  ] as const)
    it(`waits for a message that breaks off while it is read, and holds up no other mail: sent ${how}`, async () => {
      const { spool, server, run, send, standIn, state, endpoint } = await makeForwarder()
      const forwarded = asIs ? resent + standIn : forward(standIn)
      spool.put(forwarded)
      spool.put(`${fwdHeader}\nNo more.\n`)
      const { short } = endpoint.ailments
      short.add(`INBOX/${locatorOf(endpoint, 'plan')}`)
      await run()
      await send()
      await run()
      assert.deepEqual(
        server.taken.map(({ text }) => text),
        [`${fwdHeader}\nNo more.\n`],
      )
      assert.deepEqual((await state()).sort(), [
        'sent: accepted here',
        "waits: A message that it forwards can't be read at the endpoint now.",
      ])
      short.clear()
      endpoint.nowMs += 3_600_000
      await send()
      assert.equal(server.taken.at(-1)?.text, forwarded.replace(standIn, latin(plan)))
    })

  it('has it already when its time comes and the message is gone by then', async () => {
    const { spool, server, run, send, standIn, endpoint } = await makeForwarder()
    spool.put(forward(standIn), { notBeforeMs: endpoint.nowMs + 3_600_000 })
    await run()
    await send()
    endpoint.mail.person.remove(['INBOX'], locatorOf(endpoint, 'plan'))
    await run()
    assert.deepEqual(server.taken, [])
    endpoint.nowMs += 3_600_000
    await send()
    assert.deepEqual(
      server.taken.map(({ text }) => text),
      [forward(latin(plan))],
    )
  })

  const tooMuch: readonly (readonly [what: string, mail: (standIn: string) => string, words: RegExp])[] = [
    ['larger than the server takes', forward, /^refused: With what it forwards it has 4\d+ bytes/],
    [
      'with a line of its own delimiter in it',
      (standIn) => forward(standIn).replaceAll('--=fwd', '--b').replace('"=fwd"', 'b'),
      /^refused: What it forwards has a line in it .*: fetch it, then/,
    ],
  ]
  for (const [what, mail, words] of tooMuch)
    it(`refuses at the endpoint what would be ${what}`, async () => {
      const { spool, goes, standIn, state, sendAs } = await makeForwarder()
      if (what.startsWith('larger')) sendAs(300_000)
      spool.put(mail(standIn))
      assert.deepEqual(await goes(), [])
      assert.match((await state()).join(), words)
    })

  for (const [what, mail, size, words] of [
    [
      'message of 300 MiB',
      (standIn: string) => `${resent}${standIn}`,
      300 * mebi,
      /no more than 268435456 are/,
    ],
    [
      'message of 2 GiB, of which it takes a part',
      forward,
      2048 * mebi,
      /^refused: The messages .* too large/,
    ],
  ] as const)
    it(`refuses a ${what}, where the mail server says nothing of sizes, before it is read`, async () => {
      const { spool, run, send, server, standIn, state, endpoint } = await makeForwarder()
      spool.put(mail(standIn))
      await run()
      const { mailStore } = endpoint.account
      let read = 0
      const open: typeof mailStore.open = async (path, locator) => {
        const content = await mailStore.open(path, locator)
        return {
          ...content,
          size,
          read: (offset: number, length: number) => {
            read += length
            return content.read(offset, length)
          },
        }
      }
      endpoint.account = { ...endpoint.account, mailStore: { ...mailStore, open } }
      await endpoint.account.replica.db.transact(async (tx) => {
        for await (const { key, value } of tables.content.list(tx))
          if (value.sizeBytes === plan.length) tables.content.put(tx, key[0], { ...value, sizeBytes: size })
      })
      await send()
      assert.deepEqual(server.taken, [])
      assert.match((await state(endpoint)).join(), words)
      assert.ok(read < plan.length, `${read} bytes`)
    })

  it('counts what it puts in as what the device stores in a day, and waits when that is used up', async () => {
    const { spool, server, run, send, standIn, state, endpoint } = await makeForwarder()
    const { db } = endpoint.account.replica
    const device = async (): Promise<[string, QuotaRecord]> => {
      for await (const { key, value } of tables.quota.list(db)) return [key[0], value]
      return assert.fail('nothing was counted')
    }
    spool.put(forward(standIn))
    await run()
    const [name, before] = await device()
    assert.ok(before.bytes < 5000)
    await db.transact(async (tx) => tables.quota.put(tx, name, { ...before, bytes: defaultQuota.bytes }))
    const next = (await send()) ?? 0
    assert.match((await state(endpoint)).join(), /^waits: What its device may store in a day is used up/)
    endpoint.nowMs = Math.max(next, endpoint.nowMs + 86_400_000)
    await send()
    assert.equal(server.taken.length, 1)
    assert.ok((await device())[1].bytes > plan.length)
  })

  it('waits here for an endpoint that can put it in, and can be taken back meanwhile', async () => {
    const { spool, goes, run, send, server, standIn, state, client } = await makeForwarder()
    const { db } = client.account.replica
    const forget = () =>
      db.transact(async (tx) => {
        const there = await tables.outboxThere.get(tx)
        assert.ok(there?.assembles)
        const { assembles: _, ...older } = there
        tables.outboxThere.put(tx, older)
      })
    await forget()
    spool.put(forward(standIn))
    await takeSpool(client.account, { spool })
    assert.match((await state()).join(), /^queued: The endpoint can't put in what this mail forwards/)
    assert.equal(await tables.journal.any(db, []), false)
    await db.transact(async (tx) => {
      const [submission] = await listSubmissions(tx)
      const change = { tx, replica: client.account.replica, origin: { kind: 'local' } } as const
      assert.equal(submission && (await cancelSubmission(change, submission)).state, 'cancelled')
    })
    spool.put(forward(standIn))
    await takeSpool(client.account, { spool })
    await run()
    assert.equal((await goes()).length, 1)
    await send()
    assert.equal(server.taken.length, 1)
  })

  const hostile: readonly (readonly [what: string, change: (reference: Reference) => Reference])[] = [
    ['a place of its own', (reference) => ({ ...reference, start: reference.start - 20 })],
    ['the middle of a message', (reference) => ({ ...reference, length: reference.length - 20 })],
    ['a part that there is not', (reference) => ({ ...reference, part: 9 })],
    ['a message that there is not', (reference) => ({ ...reference, message: 'f'.repeat(32) })],
  ]
  for (const [what, change] of hostile)
    it(`puts nothing in where a device names ${what}`, async () => {
      const { spool, run, send, server, standIn, state, endpoint } = await makeForwarder()
      spool.put(forward(standIn))
      await run()
      const { db } = endpoint.account.replica
      await db.transact(async (tx) => {
        const [submission] = await listSubmissions(tx)
        assert.ok(submission?.references)
        tables.submission.put(tx, submission.guid, {
          ...submission,
          references: submission.references.map(change),
        })
      })
      await send()
      assert.deepEqual(server.taken, [])
      assert.match((await state(endpoint)).join(), /^refused: /)
    })
})
