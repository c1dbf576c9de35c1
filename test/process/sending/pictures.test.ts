import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import sharp from 'sharp'
import { makePhotograph } from '../../../fixtures/photograph.js'
import { lastEvent } from '../../world/process/program.js'
import { until } from '../../world/until.js'
import { letterTo, makeSender } from './sender.js'

interface ShownPicture {
  readonly name: string
  readonly beforeBytes: number
  readonly afterBytes: number
  readonly why?: string
}

test('a photograph goes as a smaller one, of which the person hears, and what they wrote stays here', async (t) => {
  const { smtp, sendmail, run, command, data } = await makeSender(t)
  assert.equal((await run(['config', 'set', 'shrink', '320px'])).code, 0)
  const photograph = await makePhotograph({ width: 800, height: 600, orientation: 6, placed: true })
  const encoded = photograph.toString('base64').replace(/.{76}/g, '$&\n')
  const mailOf = (subject: string): string =>
    letterTo('bob@example.org', subject)
      .replace('Subject', 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\nSubject')
      .replace(
        'Hello.',
        `--b\n\nHello.\n--b\nContent-Type: image/jpeg; name=reef.jpg\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; size=${photograph.length}\n\n${encoded}\n--b--`,
      )
  assert.equal(await sendmail(['-t'], mailOf('smaller')), 0)
  assert.equal(await sendmail(['-t', '--as-is'], mailOf('as it is')), 0)
  // The endpoint has to say once that it sends mail.
  const synced = lastEvent(await run(['sync'])) as unknown as { pictures: Record<string, number> }
  await until(async () => smtp.taken.length >= 2)

  const texts = smtp.taken.map(({ bytes }) => Buffer.from(bytes).toString('latin1').replaceAll('\r\n', '\n'))
  const expected = (text: string): string => text.replace('Bcc: eve@example.org\n', '')
  const own = (text: string): string => text.slice(text.indexOf('From: ann'))
  const asItIs = texts.find((text) => text.includes('Subject: as it is')) ?? ''
  assert.equal(own(asItIs), expected(mailOf('as it is')))
  const smaller = texts.find((text) => text.includes('Subject: smaller')) ?? ''
  const [, size = '', base64 = ''] = /size=(\d+)\n\n([^-]*)\n--b--/.exec(smaller) ?? []
  const picture = Buffer.from(base64, 'base64')
  const { width, height, exif } = await sharp(picture).metadata()
  assert.deepEqual([width, height, exif, Number(size)], [240, 320, undefined, picture.length])
  assert.equal(
    own(smaller).replace(base64, encoded).replace(`size=${size}`, `size=${photograph.length}`),
    expected(mailOf('smaller')),
  )

  const [beforeBytes, afterBytes] = [photograph.length, picture.length]
  assert.deepEqual(synced.pictures, { smaller: 1, asTheyWere: 0, beforeBytes, afterBytes })
  await run(['sync'])
  const { mail } = lastEvent(await run(['outbox'])) as unknown as {
    mail: readonly {
      readonly name: string
      readonly subject: string
      readonly pictures?: readonly ShownPicture[]
    }[]
  }
  assert.deepEqual(mail.map(({ subject, pictures }) => [subject, pictures]).sort(), [
    ['as it is', undefined],
    ['smaller', [{ name: 'reef.jpg', beforeBytes, afterBytes }]],
  ])
  const name = mail.find(({ subject }) => subject === 'smaller')?.name ?? ''
  const files = readdirSync(join(data, 'outbox'))
  assert.deepEqual(
    files.filter((file) => file !== 'known.json'),
    [`${name}.original`],
  )
  const original = await command(['outbox', 'show', '--original', name, '--data', data])
  assert.equal(own(original.stdout), mailOf('smaller'))
  assert.equal(
    (await command(['doctor', '--offline', '--data', data])).stdout.includes('can be made smaller'),
    true,
  )
})
