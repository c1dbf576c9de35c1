import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { openSendmailSubmitter } from '../../src/submit/sendmail.js'
import { makeSendmail } from './servers.js'

const never = new AbortController().signal
const recipients = ['bob@example.org']

function mailOf(sizeBytes: number) {
  return {
    sizeBytes,
    async *read() {
      for (let at = 0; at < sizeBytes; at += 65_536)
        yield new Uint8Array(Math.min(65_536, sizeBytes - at)).fill(97)
    },
  }
}

/** What becomes of a mail that a script takes, as its outcome and words. */
async function given(
  t: TestContext,
  script: string,
  { sizeBytes = 100, answerMs = 60_000, signal = never } = {},
): Promise<string> {
  const { argv } = makeSendmail(t, script)
  const submitter = openSendmailSubmitter({ argv, answerMs })
  const [handed] = await submitter.submit({ from: 'ann@example.org', recipients }, mailOf(sizeBytes), signal)
  return `${handed?.outcome}: ${handed?.reply}`
}

const read = 'cat >/dev/null; '

test('what a program ends with says what became of the mail (sysexits.h)', async (t) => {
  const cases: readonly (readonly [script: string, said: RegExp])[] = [
    [`${read}echo queued as 7 >&2; exit 0`, /^accepted: queued as 7$/],
    [`${read}exit 0`, /^accepted: .*has taken it over$/],
    [`${read}exit 65`, /^refused: .*ended with 65$/],
    [`${read}echo no such user >&2; exit 67`, /^refused: no such user$/],
    [`${read}exit 68`, /^refused: /],
    [`${read}exit 75`, /^later: /],
    [`${read}exit 64`, /^later: /],
    [`${read}exit 69`, /^later: /],
    [`${read}exit 77`, /^later: /],
    [`${read}exit 78`, /^later: /],
    [`${read}exit 1`, /^later: /],
    [`${read}kill -9 $$`, /^uncertain: .*SIGKILL/],
    ['echo not today >&2; exit 75', /^later: not today$/],
    [`${read}head -c 100000 /dev/zero | tr '\\0' x >&2; exit 67`, /^refused: x{400,499}…?$/],
  ]
  for (const [script, said] of cases) assert.match(await given(t, script), said, script)
})

test('a program can see that it is given what packetboat was given to send', async (t) => {
  assert.equal(await given(t, `${read}echo "by $PB_SUBMITTING" >&2`), 'accepted: by 1')
})

test('a program that goes before it has read the message has not taken it, whatever it says', async (t) => {
  assert.match(await given(t, 'exit 0', { sizeBytes: 1_000_000 }), /^later: .*ended before it had read/)
  assert.match(await given(t, 'kill -9 $$', { sizeBytes: 1_000_000 }), /^later: /)
})

test('a program that is silent is stopped with all that it has started, and nobody knows', async (t) => {
  assert.match(await given(t, `${read}sleep 1000`, { answerMs: 100 }), /^uncertain: .*SIGKILL/)
})

test('a program that reads no further is stopped, and has not taken the mail', async (t) => {
  const script = 'head -c 1000 >/dev/null; sleep 1000'
  assert.match(await given(t, script, { sizeBytes: 1_000_000, answerMs: 300 }), /^later: .*SIGKILL/)
})

test('a program may leave something running that holds on to what it was given', async (t) => {
  assert.match(
    await given(t, `${read}(trap '' HUP; sleep 5) & echo queued >&2; exit 0`),
    /^accepted: queued$/,
  )
  const held = 'sleep 5 & exit 75'
  assert.match(await given(t, held, { sizeBytes: 1_000_000 }), /^later: /)
})

test('a program that can not be run leaves the mail for later', async () => {
  for (const program of ['/nowhere/sendmail', '/etc/passwd', '/']) {
    const submitter = openSendmailSubmitter({ argv: [program, '-i'] })
    const [handed] = await submitter.submit({ from: 'ann@example.org', recipients }, mailOf(100), never)
    assert.match(`${handed?.outcome}: ${handed?.reply}`, /^later: .*can't be run/, program)
  }
})

test('more recipients than the system passes to a program leave the mail for later', async (t) => {
  const { argv } = makeSendmail(t)
  const many = Array.from({ length: 100_000 }, (_, i) => `${'x'.repeat(30)}${i}@example.org`)
  const handed = await openSendmailSubmitter({ argv }).submit(
    { from: '', recipients: many },
    mailOf(9),
    never,
  )
  assert.equal(handed.length, many.length)
  assert.ok(handed.every(({ outcome }) => outcome === 'later'))
})

test('what would be a command or a file to some program is no recipient', async (t) => {
  const { argv, taken } = makeSendmail(t)
  const submitter = openSendmailSubmitter({ argv })
  for (const odd of [
    '|/bin/sh',
    '"|/bin/sh"',
    '/etc/passwd',
    ':include:/etc/passwd',
    ' |x@example.org',
    'a\0b@example.org',
  ]) {
    const handed = await submitter.submit(
      { from: 'ann@example.org', recipients: [odd, ...recipients] },
      mailOf(9),
      never,
    )
    assert.deepEqual(
      handed.map(({ outcome }) => outcome),
      ['refused', 'accepted'],
      odd,
    )
  }
  for (const mail of taken()) assert.deepEqual(mail.recipients, recipients)
})
