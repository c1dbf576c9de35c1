import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memorySource, readRange } from '../../../src/bytes/source.js'
import { withoutTags } from '../../../src/mime/stand-in/stand-in.js'
import { sha256 } from '../../world/side.js'

const tag = 'a1'.repeat(16)
const proof = `id=${'b'.repeat(32)}; tag=${tag}\n`

async function goes(mail: string): Promise<string> {
  const source = await withoutTags(memorySource(Buffer.from(mail, 'latin1')), sha256, [])
  const chunks: Uint8Array[] = []
  for await (const chunk of readRange(source)) chunks.push(chunk)
  return Buffer.concat(chunks).toString('latin1')
}

const tagsLeft = (text: string): number => text.split(tag).length - 1

test('of proofs in one mail a thousand are taken out, and soon after that no more', async () => {
  const mail = (count: number): string => `Subject: x\n\n${proof.repeat(count)}`
  assert.equal(tagsLeft(await goes(mail(1000))), 0)
  const sent = await goes(mail(10_000))
  assert.equal(sent.length, mail(10_000).length)
  const taken = 10_000 - tagsLeft(sent)
  assert.ok(taken >= 1000 && taken < 2000, String(taken))
})

const most = 4 * 1024 * 1024

for (const [encoding, encode] of [
  ['base64', (text: string) => Buffer.from(text, 'latin1').toString('base64')],
  ['quoted-printable', (text: string) => text.replaceAll('=', '=3D')],
] as const)
  test(`proofs are looked for in ${encoding} of up to 4 MiB`, async () => {
    const mail = (bytes: number): string => {
      const encoded = encode(` ${proof}`)
      const filler = encoding === 'base64' ? 'QUFB' : 'AAAA'
      const body = `${filler.repeat((bytes - encoded.length) >> 2)}${encoded}`
      return `Subject: x\nContent-Transfer-Encoding: ${encoding}\n\n${body.padEnd(bytes, '\n')}`
    }
    const decoded = (sent: string): string => {
      const body = sent.slice(sent.indexOf('\n\n') + 2)
      return encoding === 'base64' ? Buffer.from(body, 'base64').toString('latin1') : body
    }
    const all = [mail(most), mail(most + 1)]
    for (const each of all) assert.equal(tagsLeft(decoded(each)), 1)
    const sent = await Promise.all(all.map(goes))
    assert.deepEqual(
      sent.map((each) => tagsLeft(decoded(each))),
      [0, 1],
    )
  })
