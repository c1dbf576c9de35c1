import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { SubmitEnvelope } from '../src/replica/submission/submission.js'
import type { SubmitMail, Submitter } from '../src/sync/submission/submitter.js'

/** What a server under test has taken over. */
export interface TakenMail {
  readonly from: string
  readonly recipients: readonly string[]
  readonly bytes: Uint8Array
}

/** A submitter and what stands behind it, which accepts every address but `refused@...` for ever and `later@...` for now. */
export interface SubmitterUnderTest {
  readonly submitter: Submitter
  taken(): Promise<readonly TakenMail[]>
}

export interface SubmitterTraits {
  /** It answers for each recipient; else for all of them at once. */
  readonly eachRecipient: boolean
  /** How lines end where it hands mail over. */
  readonly lineEnd: '\r\n' | '\n'
}

/** What every submitter does, whatever carries the mail. `open` closes all that it opens when the test `t` is over. */
export function submitterConformance(
  name: string,
  open: (t: TestContext) => Promise<SubmitterUnderTest>,
  { eachRecipient, lineEnd }: SubmitterTraits,
): void {
  const lines = (...texts: readonly string[]): string => texts.join(lineEnd)
  const never = new AbortController().signal
  const outcomes = async (
    { submitter }: SubmitterUnderTest,
    recipients: readonly string[],
    mail: SubmitMail = mailOf(letter),
    signal: AbortSignal = never,
  ): Promise<string[]> => {
    const handed = await submitter.submit({ from: 'ann@example.org', recipients }, mail, signal)
    assert.deepEqual(
      handed.map(({ recipient }) => recipient),
      recipients,
      'each recipient, in their order',
    )
    for (const { reply } of handed) assert.match(reply, /^[^\p{Cc}]{1,500}$/u)
    return handed.map(({ outcome }) => outcome)
  }

  describe(`${name}, as a submitter`, () => {
    it('hands over a message and its envelope as they are', async (t) => {
      const server = await open(t)
      assert.deepEqual(await outcomes(server, ['bob@example.org', 'cy+x@example.net']), [
        'accepted',
        'accepted',
      ])
      const [taken] = await server.taken()
      assert.equal(taken?.from, 'ann@example.org')
      assert.deepEqual(taken.recipients, ['bob@example.org', 'cy+x@example.net'])
      assert.equal(text(taken.bytes), letter.replaceAll('\r\n', lineEnd))
    })

    it('knows the null reverse-path, and addresses that look like something else', async (t) => {
      const server = await open(t)
      for (const [from, recipient] of [
        ['', 'bob@example.org'],
        ['-f@example.org', '-oQ/tmp@example.org'],
        ['ann@example.org', "o'brien+x=y/z@example.org"],
      ] as const) {
        const envelope: SubmitEnvelope = { from, recipients: [recipient] }
        const [handed] = await server.submitter.submit(envelope, mailOf(letter), never)
        assert.equal(handed?.outcome, 'accepted', `${recipient}: ${handed?.reply}`)
        const taken = (await server.taken()).at(-1)
        assert.deepEqual([taken?.from, taken?.recipients], [from, [recipient]])
      }
    })

    it('refuses what would say more than an address', async (t) => {
      const server = await open(t)
      for (const bad of ['bob@example.org\r\nRCPT TO:<eve@example.org>', 'a\0b@example.org', 'a\nb']) {
        assert.deepEqual(await outcomes(server, [bad]), ['refused'], bad)
        assert.deepEqual(await outcomes(server, ['bob@example.org', bad]), ['accepted', 'refused'], bad)
        const envelope: SubmitEnvelope = { from: bad, recipients: ['bob@example.org'] }
        const [handed] = await server.submitter.submit(envelope, mailOf(letter), never)
        assert.equal(handed?.outcome, 'refused', bad)
      }
      for (const { recipients } of await server.taken()) assert.deepEqual(recipients, ['bob@example.org'])
    })

    it('keeps every line, whatever it looks like, and ends each as is the custom there', async (t) => {
      const server = await open(t)
      const header = ['Subject: x', '']
      const bodies: readonly (readonly string[])[] = [
        ['.', '..', '.x', 'x.', '', '.', ''],
        ['QUIT', 'RSET', 'From here', '>From there', ''],
        ['\u00e4\u20ac\u{1f600} 8 bits', ''],
        ['no end of line'],
        ['x'.repeat(70_000), 'y', ''],
        ['', '', '', ''],
      ]
      for (const body of bodies)
        for (const end of ['\r\n', '\n']) {
          const whole = [...header, ...body].join(end)
          assert.deepEqual(await outcomes(server, ['bob@example.org'], mailOf(whole)), ['accepted'])
          const wanted = lines(...header, ...body)
          const got = text((await server.taken()).at(-1)?.bytes ?? new Uint8Array())
          assert.equal(got.slice(0, wanted.length), wanted)
          assert.ok(
            got.length === wanted.length || got.slice(wanted.length) === lineEnd,
            'no more than a line end',
          )
        }
    })

    it('is the same however the bytes come', async (t) => {
      const server = await open(t)
      const whole = `Subject: x\r\n\r\n${'.\r\nab\r\n'.repeat(50)}`
      for (const pieceBytes of [1, 2, 3, 7]) {
        assert.deepEqual(await outcomes(server, ['bob@example.org'], mailOf(whole, pieceBytes)), ['accepted'])
        assert.equal(
          text((await server.taken()).at(-1)?.bytes ?? new Uint8Array()),
          whole.replaceAll('\r\n', lineEnd),
        )
      }
    })

    it('tells what is refused and what is worth another try', async (t) => {
      const server = await open(t)
      assert.deepEqual(await outcomes(server, ['refused@example.org']), ['refused'])
      assert.deepEqual(await outcomes(server, ['later@example.org']), ['later'])
      assert.deepEqual(await server.taken(), [])
      if (!eachRecipient) return
      const mixed = [
        'bob@example.org',
        'refused@example.org',
        'cy@example.org',
        'later@example.org',
        'bob@example.org',
      ]
      assert.deepEqual(await outcomes(server, mixed), [
        'accepted',
        'refused',
        'accepted',
        'later',
        'accepted',
      ])
      assert.deepEqual((await server.taken())[0]?.recipients, ['bob@example.org', 'cy@example.org'])
    })

    it('hands over nothing of a message that breaks off or has another size', async (t) => {
      const server = await open(t)
      const torn: SubmitMail = {
        sizeBytes: letter.length,
        async *read() {
          yield bytes(letter.slice(0, 30))
          throw new Error('the disk is gone')
        },
      }
      assert.deepEqual(await outcomes(server, ['bob@example.org', 'cy@example.org'], torn), [
        'later',
        'later',
      ])
      for (const sizeBytes of [letter.length - 1, letter.length + 1])
        assert.deepEqual(await outcomes(server, ['bob@example.org'], { ...mailOf(letter), sizeBytes }), [
          'later',
        ])
      assert.deepEqual(await server.taken(), [])
    })

    it('hands over nothing once it is told to stop', async (t) => {
      const server = await open(t)
      const stopped = AbortSignal.abort()
      assert.deepEqual(await outcomes(server, ['bob@example.org'], mailOf(letter), stopped), ['later'])
      const stop = new AbortController()
      const stopping: SubmitMail = {
        sizeBytes: letter.length,
        async *read() {
          yield bytes(letter.slice(0, 30))
          stop.abort()
          yield bytes(letter.slice(30))
        },
      }
      assert.deepEqual(await outcomes(server, ['bob@example.org'], stopping, stop.signal), ['later'])
      assert.deepEqual(await server.taken(), [])
    })

    it('carries one message after the other, and several at once', async (t) => {
      const server = await open(t)
      const all = await Promise.all(
        Array.from({ length: 5 }, (_, i) => outcomes(server, [`bob${i}@example.org`], mailOf(letter))),
      )
      assert.deepEqual(
        all.flat(),
        Array.from({ length: 5 }, () => 'accepted'),
      )
      assert.equal((await server.taken()).length, 5)
    })

    it('reads a message once for each try, and says what the server takes', async (t) => {
      const server = await open(t)
      let reads = 0
      const mail = mailOf(letter)
      const read = (): AsyncIterable<Uint8Array> => {
        reads++
        return mail.read()
      }
      await outcomes(server, ['bob@example.org'], { ...mail, read })
      assert.equal(reads, 1)
      const { maxBytes = 1 } = await server.submitter.limits(never)
      assert.ok(Number.isSafeInteger(maxBytes) && maxBytes > 0)
    })
  })
}

const letter = [
  'From: Ann <ann@example.org>',
  'To: bob@example.org',
  'Subject: =?utf-8?Q?A_letter?=',
  'X-Folded: one',
  '\ttwo',
  '',
  'Dear Bob,',
  '.',
  'From Ann',
  '',
].join('\r\n')

const bytes = (content: string): Uint8Array => new TextEncoder().encode(content)
const text = (content: Uint8Array): string => new TextDecoder().decode(content)

function mailOf(content: string, pieceBytes = 65_536): SubmitMail {
  const all = bytes(content)
  return {
    sizeBytes: all.length,
    async *read() {
      for (let at = 0; at < all.length; at += pieceBytes) yield all.subarray(at, at + pieceBytes)
    },
  }
}
