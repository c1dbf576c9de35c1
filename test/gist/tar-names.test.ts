import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { ownProgram } from '../../src/cli/apart/own-call.js'
import { archiveNames } from '../../src/gist/archive-names.js'
import { gistApart } from '../../src/gist/gist-apart.js'
import { makeTar } from './make-tar.js'

const own = gistApart({ argv: ownProgram([process.execPath, 'bin/packetboat'], 'gist'), timeoutMs: 600_000 })

const long = `${'deep/'.repeat(30)}dues.csv`
const archive = makeTar([
  { name: 'dues/', type: '5' },
  { name: 'dues/2026.csv', bytes: 'x'.repeat(700) },
  { name: 'link', type: '2' },
  { name: '././@LongLink', type: 'L', bytes: `${long}\0` },
  { name: long, bytes: 'x' },
  { name: 'PaxHeaders/x', type: 'x', bytes: '18 path=gr\u00f6\u00dfe.csv\n' },
  { name: 'gr', bytes: '' },
  { name: 'two\nlines' },
])
const names = `4 entries\ndues/2026.csv (700 bytes)\n${long} (1 bytes)\ngr\u00f6\u00dfe.csv (0 bytes)\ntwo lines (0 bytes)`

describe('what a tar archive holds', () => {
  it('are names and sizes', async () => assert.equal(await archiveNames(archive), names))
  it('is found in one that gzip packed', async () =>
    assert.equal(await archiveNames(gzipSync(archive)), names))
  it('is what is there of one that is cut', async () => {
    assert.equal(await archiveNames(archive.subarray(0, 1400)), '1 entry\ndues/2026.csv (700 bytes)')
  })
  it('is as much as is read of one that is long', async () => {
    const many = makeTar(Array.from({ length: 9000 }, (_, i) => ({ name: `${i}` })))
    assert.match(await archiveNames(many), /^more than \d{3} entries\n0 \(0 bytes\)\n/)
  })
  for (const [what, bytes] of [
    ['nothing', Buffer.alloc(0)],
    ['zeros', Buffer.alloc(4096)],
    ['a text', Buffer.from('Harbour dues. '.repeat(100))],
    ['a text that gzip packed', gzipSync('Harbour dues. '.repeat(100))],
    ['a broken gzip file', Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.alloc(600, 1)])],
  ] as const)
    it(`is nothing of ${what}`, async () => {
      await assert.rejects(archiveNames(bytes))
      assert.equal(await own('archives', bytes), '')
    })

  const folders = makeTar(Array.from({ length: 30_000 }, () => ({ name: 'a/', type: '5' })))
  const bomb = gzipSync(
    Buffer.concat([makeTar([{ name: 'big', size: 8 ** 11 - 1 }]).subarray(0, 512), Buffer.alloc(2 ** 29)]),
  )
  for (const [what, bytes, says] of [
    ['folders without end', folders, /^more than 0 entries$/],
    ['half a gigabyte of zeros', bomb, /^1 entry\nbig \(8589934591 bytes\)$/],
    [
      'names of sizes that no name has',
      makeTar([{ name: 'a', type: 'L', size: 8 ** 11 - 1 }]),
      /^0 entries$/,
    ],
  ] as const)
    it(`takes no more than seconds of work of ${what}`, async () => {
      const begun = process.cpuUsage()
      assert.match(await archiveNames(bytes), says)
      const { user, system } = process.cpuUsage(begun)
      assert.ok(user + system < 6_000_000, `${user + system} us`)
      assert.match((await own('archives', bytes)) ?? '', says)
    })
})
