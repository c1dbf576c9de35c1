import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { memorySource } from '../../../src/bytes/source.js'
import { listSubmissions } from '../../../src/replica/submission/submissions.js'
import type { SyncOptions } from '../../../src/sync/initiator/sync-options.js'
import type { Carrier } from '../../../src/sync/link.js'
import type { PictureSettings, ShrinkPicture } from '../../../src/sync/submission/pictures.js'
import { sendDue } from '../../../src/sync/submission/send-due.js'
import { shrinkPictures } from '../../../src/sync/submission/shrink-pictures.js'
import { memorySpool } from '../../world/memory-spool.js'
import { makeStar } from '../../world/star.js'
import { mailing, memoryServer, sendSettings } from './sending.js'

const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes).toString('base64').replace(/.{76}/g, '$&\r\n')
const mailOf = (...pictures: Uint8Array[]): string =>
  `From: ann@example.org\r\nTo: bob@example.org\r\nMessage-ID: <a@example.org>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n${pictures
    .map(
      (bytes, i) =>
        `--b\r\nContent-Type: image/jpeg; name=${i}.jpg\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64(bytes)}\r\n`,
    )
    .join('')}--b--\r\n`

const picture = randomBytes(40_000)
const half: ShrinkPicture = async (bytes) => bytes.slice(0, bytes.length / 2)
const settings = (shrink: ShrinkPicture = half, side: number | undefined = 1024): PictureSettings => ({
  shrink,
  mostPixels: () => side,
})

const noLink: Carrier = {
  exchange: async () => {
    throw new Error('no line')
  },
}

async function makeSender() {
  const star = await makeStar(['a'], { seed: 7 })
  const { endpoint } = star
  const client = star.devices.a
  endpoint.account = { ...endpoint.account, mailing }
  const spool = memorySpool()
  const aside: string[] = []
  const setAside = async (name: string): Promise<void> => {
    aside.push(name)
    await spool.remove(name)
  }
  const run = (pictures: PictureSettings, more: Partial<SyncOptions> = {}) =>
    star.run(client, { spool: { ...spool, setAside }, pictures, ...more })
  await run(settings())
  const server = memoryServer()
  const send = () => sendDue(endpoint.account, sendSettings(server), new AbortController().signal)
  const submissions = () => listSubmissions(client.account.replica.db)
  return { ...star, spool, aside, run, send, server, submissions }
}

describe('a mail with a picture', () => {
  it('goes once, with the smaller one, and what was handed in is kept', async () => {
    const { spool, aside, run, send, server, submissions, cost } = await makeSender()
    const name = spool.put(mailOf(picture))
    const { up } = await cost(() => run(settings()))
    assert.ok(up > 20_000 && up < 25_000, `${up}`)
    await run(settings())
    await send()
    await run(settings())
    assert.deepEqual(
      server.taken.map(({ text }) => text),
      [mailOf(picture.subarray(0, 20_000))],
    )
    assert.deepEqual(aside, [name])
    assert.deepEqual(
      (await submissions()).map(({ pictures }) => pictures),
      [[{ name: '0.jpg', beforeBytes: 40_000, afterBytes: 20_000 }]],
    )
  })

  it('that could not be made smaller goes as it is, with the reason, and nothing is kept', async () => {
    const { spool, aside, run, send, server, submissions } = await makeSender()
    spool.put(mailOf(picture))
    await run(settings(async () => 'broken'))
    await run(settings())
    await send()
    assert.deepEqual(
      server.taken.map(({ text }) => text),
      [mailOf(picture)],
    )
    assert.deepEqual(aside, [])
    assert.deepEqual(
      (await submissions()).map(({ pictures }) => pictures),
      [[{ name: '0.jpg', beforeBytes: 40_000, afterBytes: 40_000, why: 'broken' }]],
    )
  })

  it('waits in the spool when the run is broken off meanwhile, and goes with the next one', async () => {
    const { spool, run, send, server, submissions } = await makeSender()
    spool.put(mailOf(picture))
    const crash = settings(async () => {
      throw new Error('killed')
    })
    await assert.rejects(run(crash), /killed/)
    assert.deepEqual(await submissions(), [])
    assert.equal((await spool.list()).length, 1)
    await run(settings())
    await run(settings())
    await send()
    assert.equal(server.taken.length, 1)
  })

  it('that a run has taken keeps its bytes, whatever the settings say by then', async () => {
    const { spool, run, send, server } = await makeSender()
    spool.put(mailOf(picture))
    // It is taken, and there is no line.
    await assert.rejects(run(settings(), { link: noLink }), /no line/)
    await run(settings(undefined, undefined))
    await run(settings(async (bytes) => bytes.slice(0, 10)))
    await send()
    assert.deepEqual(
      server.taken.map(({ text }) => text),
      [mailOf(picture.subarray(0, 20_000))],
    )
  })
})

describe('the pictures of a mail', () => {
  const shrunk = async (text: string, pictures: PictureSettings, more = {}) => {
    const mail = { name: 'a', envelope: { from: 'a@b', recipients: ['c@d'] }, sizeBytes: 0, queuedMs: 0 }
    const account = { createHash: () => createHash('sha256') }
    const source = memorySource(Buffer.from(text))
    const made = await shrinkPictures(account, pictures, { ...mail, urgent: false, ...more }, source)
    const bytes = Buffer.from(await made.source.read(0, made.source.size))
    return [made.fates.map(({ why, afterBytes }) => why ?? afterBytes), bytes.toString() === text] as const
  }
  const two = mailOf(picture, randomBytes(30_000))

  it('are all made smaller', async () =>
    assert.deepEqual(await shrunk(two, settings()), [[20_000, 15_000], false]))

  it('go as they are where nobody wants them smaller, or the mail says so', async () => {
    const never = settings(() => assert.fail('asked'), undefined)
    assert.deepEqual(await shrunk(two, { ...never, mostPixels: () => undefined }), [[], true])
    assert.deepEqual(
      await shrunk(
        two,
        settings(() => assert.fail('asked')),
        { asIs: true },
      ),
      [[], true],
    )
  })

  it('go as they are without a word where they are small already', async () =>
    assert.deepEqual(
      await shrunk(
        two,
        settings(async () => 'small'),
      ),
      [[], true],
    ))

  it('go as they are where smaller ones would be larger', async () =>
    assert.deepEqual(
      await shrunk(
        two,
        settings(async (bytes) => bytes),
      ),
      [['no-gain', 'no-gain'], true],
    ))

  it('go as they are in a signed mail, which is said', async () =>
    assert.deepEqual(
      await shrunk(
        `DKIM-Signature: x\r\n${two}`,
        settings(() => assert.fail('asked')),
      ),
      [['signed', 'signed'], true],
    ))

  for (const why of ['no-library', 'too-slow'] as const)
    it(`aren't tried after one was ${why}`, async () => {
      let tried = 0
      const pictures = settings(async () => {
        tried++
        return why
      })
      assert.deepEqual(await shrunk(two, pictures), [[why, why], true])
      assert.equal(tried, 1)
    })

  it('are each tried by itself otherwise', async () => {
    const one: ShrinkPicture = async (bytes) => (bytes.length === 40_000 ? 'broken' : bytes.slice(0, 99))
    assert.deepEqual(await shrunk(two, settings(one)), [['broken', 99], false])
  })

  it('beyond a hundred go as they are', async () => {
    const many = mailOf(...Array.from({ length: 102 }, () => picture.subarray(0, 20_000)))
    const [fates] = await shrunk(many, settings())
    assert.deepEqual(fates.slice(99), [10_000, 'too-many', 'too-many'])
  })
})
