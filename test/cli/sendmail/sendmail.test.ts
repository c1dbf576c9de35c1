import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { readRange } from '../../../src/bytes/source.js'
import { sendmail } from '../../../src/cli/sendmail/sendmail.js'
import { nodeHash } from '../../../src/cli/session/node-hash.js'
import { parseEnvelope } from '../../../src/mime/headers/envelope.js'
import { outlineOf } from '../../../src/mime/outline.js'
import { standInMessage } from '../../../src/mime/stand-in/stand-in.js'
import { writeKnown } from '../../../src/outbox/known.js'
import { folderSpool } from '../../../src/outbox/spool.js'
import { submitting } from '../../../src/submit/submitting.js'
import type { SpooledMail } from '../../../src/sync/submission/spool.js'
import { collect, split } from '../../mime/message-builders.js'

const nowMs = Date.UTC(2026, 10, 28, 20)

interface Place {
  readonly outbox: string
  /** Of another account, where there is one. */
  readonly boatOutbox: string
  /** Runs `sendmail ARGS` with this on standard input. */
  send(
    args: string,
    input: string | AsyncIterable<Uint8Array>,
    env?: NodeJS.ProcessEnv,
  ): Promise<{ code: number; said: string }>
  /** The only mail that waits, and its bytes. */
  waiting(): Promise<{ mail: SpooledMail; text: string }>
}

const oneAccount = 'endpoint = "x"\nmaildir = "~/Maildir"\n'

function place(t: TestContext, settings = `${oneAccount}sendFrom = "Ann <ann@example.org>"\n`): Place {
  const root = mkdtempSync(join(tmpdir(), 'packetboat-sendmail-'))
  t.after(() => rmSync(root, { recursive: true, force: true }))
  writeFileSync(join(root, 'client.toml'), `config_version = 1\n${settings}`)
  const outbox = join(root, 'outbox')
  const boatOutbox = join(root, 'clients/boat/outbox')
  return {
    outbox,
    boatOutbox,
    send: async (args, input, env = {}) => {
      let said = ''
      let left = typeof input === 'string' ? 1 : 0
      const given =
        typeof input === 'string'
          ? (async function* () {
              for (let at = 0; at < input.length; at += 1000) yield Buffer.from(input.slice(at, at + 1000))
              left = 0
            })()
          : input
      const code = await sendmail(
        args.split(' ').filter((each) => each !== ''),
        {
          streams: { stdout: (text) => (said += text), stderr: (text) => (said += text) },
          env: { HOME: root, PACKETBOAT_DATA: root, ...env },
          input: given[Symbol.asyncIterator](),
          isTyped: false,
          now: () => nowMs,
          run: async (again) => {
            said += again.join(' ')
            return 0
          },
        },
      )
      if (code !== 0 && args !== '') assert.equal(left, 0, 'standard input is read to its end')
      return { code, said }
    },
    waiting: async () => {
      const spool = folderSpool(outbox, () => nowMs)
      const [mail, ...others] = await spool.list()
      assert.ok(mail)
      assert.equal(others.length, 0)
      const opened = await spool.read(mail.name)
      assert.ok(opened)
      const chunks: Uint8Array[] = []
      for await (const chunk of readRange(opened)) chunks.push(chunk)
      await opened.close()
      return { mail, text: Buffer.concat(chunks).toString() }
    },
  }
}

const whole =
  'From: Ann <ann@example.org>\nTo: Bob <bob@x.org>\nBcc: eve@x.org\nDate: Sat, 28 Nov 2026 20:00:00 +0000\nMessage-ID: <1@example.org>\nSubject: tide\n\nHello.\n.\nFrom here\r\n'

test('a whole mail goes in byte for byte, Bcc, single dots and mixed line ends too', async (t) => {
  const { send, waiting } = place(t)
  assert.deepEqual(await send('-t -i', whole), { code: 0, said: '' })
  const { mail, text } = await waiting()
  assert.equal(text, whole)
  assert.deepEqual(mail.envelope, { from: 'ann@example.org', recipients: ['bob@x.org', 'eve@x.org'] })
  assert.equal(mail.queuedMs, nowMs)
})

test('From, Date and Message-ID are added where they are missing, and nothing else', async (t) => {
  const { send, waiting } = place(t)
  assert.equal((await send('bob@x.org', 'Subject: tide\r\n\r\nHello.\r\n')).code, 0)
  const { text } = await waiting()
  assert.match(
    text,
    /^From: Ann <ann@example\.org>\r\nDate: Sat, 28 Nov 2026 [\d:]+ [+-]\d{4}\r\nMessage-ID: <[0-9a-f]{24}@example\.org>\r\nSubject: tide\r\n\r\nHello\.\r\n$/,
  )
})

test("cron's mail comes from the account's owner and goes where the settings say", async (t) => {
  const { send, waiting } = place(t, `${oneAccount}sendFrom = "ann@example.org"\nlocalMail = "me@y.org"\n`)
  const mail = 'From: root (Cron Daemon)\nTo: root\nSubject: Cron <root@boat> df\n\nfull\n'
  assert.deepEqual(await send('-i -FCronDaemon -B8BITMIME -oem root', mail), { code: 0, said: '' })
  const { mail: queued, text } = await waiting()
  assert.deepEqual(queued.envelope, { from: 'ann@example.org', recipients: ['me@y.org'] })
  assert.match(
    text,
    /^From: CronDaemon <ann@example\.org>\nDate: .*\nMessage-ID: .*\nTo: root\nSubject: Cron <root@boat> df\n\nfull\n$/,
  )
})

test('the null sender stays null', async (t) => {
  const { send, waiting } = place(t)
  assert.equal((await send('-f <> bob@x.org', whole)).code, 0)
  assert.equal((await waiting()).mail.envelope.from, '')
})

test('what is said of time and hurry is kept', async (t) => {
  const { send, waiting, outbox } = place(t, `${oneAccount}sendFrom = "ann@example.org"\nhold = "2 min"\n`)
  assert.equal(
    (await send('--at 2026-12-24T18:00Z bob@x.org -N success', `Importance: high\n${whole}`)).code,
    0,
  )
  const { mail } = await waiting()
  assert.equal(mail.notBeforeMs, Date.UTC(2026, 11, 24, 18))
  assert.deepEqual([mail.urgent, mail.held, mail.envelope.notify], [true, true, ['success']])
  const later = await folderSpool(outbox, () => nowMs + 120_001).list()
  assert.equal(later[0]?.held, undefined)
})

/** What is refused before it is queued, and with which code. */
const refused: readonly (readonly [
  what: string,
  args: string,
  input: string,
  code: number,
  words: RegExp,
])[] = [
  ['no recipients', '-i', whole, 64, /-t/],
  ['no recipients in the header', '-t', 'Subject: x\n\nx', 65, /To, Cc or Bcc/],
  ['no mail', 'bob@x.org', '', 65, /nothing came/],
  ['an address that is none', 'bob@', whole, 65, /"bob@"/],
  ['an address that is none among others', '-t', 'To: a@x.org, b@\n\nx', 65, /"b@"/],
  ['a name without a domain', 'root', whole, 67, /localMail/],
  ['an option that nobody knows', '-Z bob@x.org', whole, 64, /-Z/],
  ['a time behind all dates', '--at 99999999d bob@x.org', whole, 64, /no time/],
  ['a day that there is not', '--at 2027-02-31T10:00 bob@x.org', whole, 64, /no time/],
  ['a time that is over', '--at 2020-01-01 bob@x.org', whole, 64, /over/],
  ['a header without an end', 'bob@x.org', `X: ${'y'.repeat(300_000)}`, 65, /header/],
  [
    'too many recipients',
    '-t',
    `To: ${Array.from({ length: 1001 }, (_, i) => `a${i}@x.org`).join(', ')}\n\nx`,
    65,
    /1001/,
  ],
  ['a mail that is too big', 'bob@x.org', whole + 'x'.repeat(100_000), 69, /100 kB/],
  ['another sender', '-f eve@x.org bob@x.org', whole, 77, /eve@x\.org/],
  ['two envelope senders', '-f ann@example.org,ann@example.org bob@x.org', whole, 65, /-f/],
  ['a carriage return in a field', 'bob@x.org', `X-A: b\rFrom: eve@x.org\n${whole}`, 65, /carriage return/],
  ['a NUL in the header', 'bob@x.org', `X-A: b\0\n${whole}`, 65, /NUL/],
  ['another From', 'bob@x.org', 'From: eve@x.org\n\nx', 77, /eve@x\.org/],
  [
    'another author beside oneself',
    'bob@x.org',
    'From: ann@example.org, eve@x.org\nSender: ann@example.org\n\nx',
    77,
    /eve@x\.org/,
  ],
  [
    'mail sent on by somebody else',
    '-f ann@example.org bob@x.org',
    'Resent-From: eve@x.org\nFrom: ann@example.org\n\nx',
    77,
    /eve@x\.org/,
  ],
  ['an account that there is not', '-a boat bob@x.org', whole, 78, /boat/],
]

for (const [what, args, input, code, words] of refused)
  test(`${what}: ${code}, with words, and nothing is queued`, async (t) => {
    const { send, outbox } = place(t)
    await writeKnown(outbox, { identities: ['Ann <ann@example.org>'], maxBytes: 100_000, asOfMs: nowMs })
    const result = await send(args, input)
    assert.equal(result.code, code, result.said)
    assert.match(result.said, words)
    assert.deepEqual(readdirSync(outbox), ['known.json'])
  })

test("mail of others can be sent on under one's own name", async (t) => {
  const { send, outbox } = place(t)
  await writeKnown(outbox, { identities: ['Ann <ann@example.org>'], asOfMs: nowMs })
  const bounced =
    'Resent-From: ann@example.org\nResent-To: bob@x.org\nFrom: eve@x.org\nTo: ann@example.org\n\nx'
  assert.deepEqual(await send('-t', bounced), { code: 0, said: '' })
  const [mail] = await folderSpool(outbox, () => nowMs).list()
  assert.deepEqual(mail?.envelope, { from: 'ann@example.org', recipients: ['bob@x.org'] })
})

test('78 where nothing is set up, and 73 where the spool has no place', async (t) => {
  const nowhere = place(t, '')
  const { code, said } = await nowhere.send('bob@x.org', whole)
  assert.equal(code, 78)
  assert.match(said, /packetboat init/)
  const blocked = place(t)
  writeFileSync(blocked.outbox, 'a file')
  assert.equal((await blocked.send('bob@x.org', whole)).code, 73)
})

test('78 where nobody knows who the sender is', async (t) => {
  const { send } = place(t, oneAccount)
  const { code, said } = await send('bob@x.org', 'hello\n')
  assert.equal(code, 78)
  assert.match(said, /sendFrom/)
})

test('input that breaks off leaves nothing behind', async (t) => {
  const { send, outbox } = place(t)
  async function* breaking() {
    yield Buffer.from(whole)
    throw new Error('torn')
  }
  assert.notEqual((await send('bob@x.org', breaking())).code, 0)
  assert.deepEqual(readdirSync(outbox), [])
})

const standIn =
  'X-Packetboat-Partial: v=2; id=0123456789abcdef00009c1d02aa71f0; sum=0123456789abcdef; tag=0123456789abcdef0123456789abcdef\n'
const part = 'Content-Type: text/plain\nX-Packetboat-Missing: application/pdf; size=150000; name=plan.pdf\n\n'
const words =
  '[plan.pdf, application/pdf, 150 kB: not here yet]\n[To get it: packetboat fetch 9c1d02aa71f0/2]\n'

/** A page that answers, as Thunderbird 153.8 writes it. */
const answer = (quoted: string, own = ''): string =>
  `In-Reply-To: <2@x.org>\nContent-Type: text/html; charset=UTF-8\n${whole.replace(/\n\n[\s\S]*/, '\n')}
<html>
  <body>
    <div class="moz-cite-prefix">On 11/2/26 12:00 PM, Bob wrote:<br>
    </div>
    <blockquote type="cite" cite="mid:2@x.org">
      <pre wrap="" class="moz-quote-pre">${quoted}</pre>
    </blockquote>
    <p>${own}<br>
    </p>
  </body>
</html>
`
const quotedTwice = `<blockquote type=cite>${'y'.repeat(5000)}${words}</blockquote>${words}`

/** Mail with something of a stand-in in it, as mail programs carry it along. */
const placeholders: readonly (readonly [what: string, mail: string, goes: boolean])[] = [
  ['a stand-in sent on', `${standIn}${whole}`, false],
  [
    'a stand-in as an attachment',
    `${whole}--b\nContent-Type: message/rfc822\n\n${standIn}Subject: x\n\n`,
    false,
  ],
  ['a part that is missing', `${whole}--b\n${part}`, false],
  ['a stand-in forwarded as text', `${whole}\n----- Forwarded message -----\n${words}`, false],
  ['a stand-in forwarded with marks of quotation', `${whole}\n> ${words.replace('\n[', '\n> [')}`, false],
  ['the same far behind in the mail', `${whole}${'x'.repeat(996)}\n${'y'.repeat(76)}\n${words}`, false],
  ['CRLF', `${whole}${words}`.replaceAll('\n', '\r\n'), false],
  ['an answer that quotes it', `In-Reply-To: <2@x.org>\n${whole}\n> ${words.replace('\n[', '\n> [')}`, true],
  ['an answer whose page quotes it', answer(words), true],
  ['an answer whose page quotes it twice, far behind', answer(quotedTwice), true],
  ['an answer whose page has it behind what it quotes', answer(quotedTwice, `\n${words}`), false],
  ['a page that quotes it and answers nothing', answer(words).replace(/^In-Reply-To: .*\n/, ''), false],
  [
    'words about it',
    `${whole}It says [To get it: packetboat fetch NAME/2] and X-Packetboat-Missing.\n`,
    true,
  ],
  ['a question about the field', `${whole}X-Packetboat-Missing: what is that?\n`, true],
]

for (const [what, mail, goes] of placeholders)
  test(`${what} ${goes ? 'goes' : 'is refused, and goes with --as-is'}`, async (t) => {
    const { send } = place(t)
    const { code, said } = await send('bob@x.org', mail)
    assert.equal(code, goes ? 0 : 65, said)
    if (!goes) assert.match(said, /--as-is/)
    assert.equal((await send('--as-is bob@x.org', mail)).code, 0)
  })

test('65 for a signed mail that quotes what proves a placeholder, which goes with --as-is', async (t) => {
  const { send } = place(t)
  const proof = `> [To send it on: forward this file. id=${'ab'.repeat(16)}/2; tag=${'cd'.repeat(16)}]\n`
  const signed = `In-Reply-To: <2@x.org>\n${whole}${proof}`.replace(
    '\n\n',
    '\n\n-----BEGIN PGP SIGNED MESSAGE-----\n\n',
  )
  const { code, said } = await send('bob@x.org', signed)
  assert.equal(code, 65)
  assert.match(said, /signed[\s\S]*--as-is/)
  assert.equal((await send('bob@x.org', signed.replace(/^---.*\n/m, ''))).code, 0)
  assert.equal((await send('--as-is --hold bob@x.org', signed)).code, 0)
})

/** A message that isn't here, as it stands here, with a marker that this key made. */
async function ownStandIn(): Promise<string> {
  const bytes = new TextEncoder().encode(
    'From: bob@x.org\nDate: Sat, 28 Nov 2026 20:00:00 +0000\nMessage-ID: <2@x.org>\nSubject: plan\n\nThe plan.\n',
  )
  const skeleton = await split(bytes)
  const pieces = standInMessage({
    guid: '0123456789abcdef00009c1d02aa71f0',
    marking: { createHash: nodeHash, key: new Uint8Array(32).fill(10) },
    envelope: parseEnvelope(bytes),
    outline: outlineOf(skeleton),
    parts: new Map(),
  })
  return Buffer.from(await collect(pieces)).toString()
}

/** As aerc does. */
const inBase64 = (message: string): string =>
  enclosing(Buffer.from(message).toString('base64').replace(/.{76}/g, '$&\n')).replace(
    'Content-Type: message/rfc822',
    'Content-Transfer-Encoding: base64\nContent-Type: message/rfc822; name=plan.eml',
  )

const enclosing = (message: string): string =>
  whole.replace('\n\n', '\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n') +
  `--b\nContent-Type: message/rfc822\n\n${message}\n--b--\n`

const dkim = 'DKIM-Signature: v=1; a=rsa-sha256; d=x.org; s=s; h=from; bh=x; b=y\n'

/** What goes where the endpoint puts in what is forwarded. */
const forwarded: readonly (readonly [
  what: string,
  mail: (standIn: string) => string,
  marking: string | undefined,
  goes: boolean,
])[] = [
  ['a stand-in', enclosing, '0a'.repeat(32), true],
  ['a stand-in, to an endpoint that puts in nothing', enclosing, undefined, false],
  ['a stand-in of another device', enclosing, '0b'.repeat(32), false],
  ['a stand-in that was changed', (standIn) => enclosing(`${standIn}x`), '0a'.repeat(32), false],
  ['a stand-in in base64', inBase64, '0a'.repeat(32), true],
  ['a changed stand-in in base64', (standIn) => inBase64(`${standIn}x`), '0a'.repeat(32), false],
  ['a stand-in in base64, to an endpoint that puts in nothing', inBase64, undefined, false],
  ['a whole message in base64', () => inBase64(whole), '0a'.repeat(32), true],
  ['a stand-in and its words', (standIn) => `${enclosing(standIn)}${words}`, '0a'.repeat(32), false],
  [
    'a stand-in that is sent on',
    (standIn) => `Resent-From: ann@example.org\n${standIn}`,
    '0a'.repeat(32),
    true,
  ],
  ['a stand-in in what DKIM signs', (standIn) => `${dkim}${enclosing(standIn)}`, '0a'.repeat(32), false],
]

for (const [what, mail, marking, goes] of forwarded)
  test(`forwarding ${what} ${goes ? 'is queued as it stands' : 'is refused'}`, async (t) => {
    const { send, outbox, waiting } = place(t)
    const known = { identities: ['ann@example.org'], asOfMs: nowMs }
    await writeKnown(outbox, { ...known, ...(marking !== undefined && { marking }) })
    const text = mail(await ownStandIn())
    const { code, said } = await send('bob@x.org', text)
    assert.equal(code, goes ? 0 : 65, said)
    if (!goes) assert.deepEqual(readdirSync(outbox), ['known.json'])
    else assert.ok((await waiting()).text.endsWith(text))
  })

test('the words name the message to fetch', async (t) => {
  assert.match(
    (await place(t).send('bob@x.org', `${standIn}${whole}`)).said,
    /packetboat fetch 9c1d02aa71f0 /,
  )
})

test('of several accounts the one sends that may, else the one at the top; -a goes before', async (t) => {
  const boat = '[account.boat]\nendpoint = "y"\nmaildir = "~/Boat"\nsendFrom = "boat@sea.example"\n'
  const { send, outbox, boatOutbox } = place(t, `${oneAccount}sendFrom = "ann@example.org"\n${boat}`)
  mkdirSync(dirname(boatOutbox), { recursive: true })
  writeFileSync(join(dirname(boatOutbox), 'client.lock'), '')
  const counts = (): number[] =>
    [outbox, boatOutbox].map((folder) => {
      mkdirSync(folder, { recursive: true })
      return readdirSync(folder).filter((name) => name.endsWith('.mail')).length
    })
  await send('bob@x.org', 'From: crew@sea.example\n\nx')
  assert.deepEqual(counts(), [1, 0], 'nobody knows better')
  await writeKnown(boatOutbox, { identities: ['*@sea.example'], asOfMs: nowMs })
  await send('bob@x.org', 'From: crew@sea.example\n\nx')
  assert.deepEqual(counts(), [1, 1])
  await send('bob@x.org', whole)
  assert.deepEqual(counts(), [2, 1])
  await send('-a boat bob@x.org', 'x')
  assert.deepEqual(counts(), [2, 2])
})

test('78 where several accounts have none at the top and none may', async (t) => {
  const account = (name: string): string =>
    `[account.${name}]\nendpoint = "y"\nmaildir = "~/${name}"\nsendFrom = "${name}@x.org"\n`
  const { send } = place(t, account('ann') + account('boat'))
  const { code, said } = await send('bob@x.org', whole)
  assert.equal(code, 78)
  assert.match(said, /ann, boat/)
})

test('mailq, newaliases and --help do what they say', async (t) => {
  const { send } = place(t)
  assert.deepEqual(await send('-bp -a boat', ''), { code: 0, said: 'outbox --account boat' })
  assert.deepEqual(await send('-bi', ''), { code: 0, said: '' })
  assert.deepEqual(await send('--help', ''), { code: 0, said: 'sendmail --help' })
})

test('the sendmail program of an endpoint is not packetboat itself: its mail would go round for ever', async (t) => {
  const { send, outbox } = place(t)
  const { code, said } = await send('-f ann@example.org -- bob@x.org', whole, { [submitting]: '1' })
  assert.equal(code, 78)
  assert.match(said, /would only queue the mail again/)
  assert.deepEqual(await folderSpool(outbox, () => nowMs).list(), [])
})

test('recipients that would not go in one envelope are refused at once', async (t) => {
  const { send } = place(t)
  const to = Array.from({ length: 400 }, (_, i) => `${'x'.repeat(200)}${i}@x.org`).join(',\n ')
  const { code, said } = await send('-t', `From: ann@example.org\nTo: ${to}\n\nHello.\n`)
  assert.equal(code, 65)
  assert.match(said, /addresses of the mail take more than/)
})
