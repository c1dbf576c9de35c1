import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { deflateSync } from 'node:zlib'
import { ownProgram } from '../../src/cli/apart/own-call.js'
import { archiveNames } from '../../src/gist/archive-names.js'
import { gistApart } from '../../src/gist/gist-apart.js'
import { officeText } from '../../src/gist/office-text.js'
import { pdfText } from '../../src/gist/pdf-text.js'
import { gistText } from '../../src/mime/stand-in/gist-text.js'
import { makePdf } from './make-pdf.js'
import { makeZip } from './make-zip.js'

const word = (text: string): string =>
  `<w:document xmlns:w="w"><w:body><w:p><w:r><w:t>${text}</w:t></w:r></w:p><w:p><w:r><w:t>Second</w:t><w:tab/><w:t>line</w:t></w:r></w:p></w:body></w:document>`
const core =
  '<cp:coreProperties xmlns:dc="d"><dc:creator>Ann</dc:creator><dc:title>Dues</dc:title></cp:coreProperties>'
const megabytes = (count: number): Buffer => Buffer.alloc(count * 1024 * 1024, 32)

describe('what files say', () => {
  for (const [what, entries, says] of [
    [
      'a text document',
      [
        { name: 'docProps/core.xml', bytes: core },
        { name: 'word/document.xml', bytes: word('Gr&#246;&#223;e &amp; Preis') },
      ],
      'Dues\nGröße & Preis\nSecond line',
    ],
    [
      'a table',
      [
        { name: 'xl/sharedStrings.xml', bytes: '<sst><si><t>Port</t></si><si><t>Dues</t></si></sst>' },
        { name: 'xl/worksheets/sheet1.xml', bytes: '<worksheet><v>1</v></worksheet>' },
      ],
      'Port\nDues',
    ],
    [
      'slides',
      [{ name: 'ppt/slides/slide1.xml', bytes: '<p:sld><a:p><a:r><a:t>Welcome</a:t></a:r></a:p></p:sld>' }],
      'Welcome',
    ],
    [
      'an open document',
      [
        { name: 'mimetype', bytes: 'application/vnd.oasis.opendocument.text' },
        { name: 'content.xml', bytes: '<o:c><text:h>Head</text:h><text:p>One<text:tab/>two</text:p></o:c>' },
        { name: 'meta.xml', bytes: '<o:m><dc:title>Letter</dc:title></o:m>' },
      ],
      'Letter\nHead\nOne two',
    ],
  ] as const)
    it(`is the text of ${what}`, async () => assert.equal(gistText(await officeText(makeZip(entries))), says))

  it('is what a word processor shows, and nothing that was deleted or stands there twice', async () => {
    const body =
      '<w:p><w:r><wp:posOffset>12345</wp:posOffset><w:instrText>TOC</w:instrText><w:t>Seen</w:t></w:r>' +
      '<w:del><w:r><w:delText>secret</w:delText></w:r></w:del></w:p>' +
      '<mc:AlternateContent><mc:Choice><w:t>Box</w:t></mc:Choice><mc:Fallback><w:t>Box</w:t></mc:Fallback></mc:AlternateContent>'
    const docx = makeZip([{ name: 'word/document.xml', bytes: `<w:document>${body}</w:document>` }])
    assert.equal(gistText(await officeText(docx)), 'Seen\nBox')
    const odt = makeZip([
      {
        name: 'content.xml',
        bytes:
          '<o:c><text:tracked-changes><text:p>secret</text:p></text:tracked-changes><text:p>Seen</text:p></o:c>',
      },
    ])
    assert.equal(gistText(await officeText(odt)), 'Seen')
  })

  it('is text in UTF-16 too', async () => {
    const bytes = Buffer.from(`\ufeff${word('Größe')}`, 'utf16le')
    assert.equal(
      gistText(await officeText(makeZip([{ name: 'word/document.xml', bytes }]))),
      'Größe\nSecond line',
    )
  })

  it('are the names in an archive', async () => {
    const zip = makeZip([
      { name: 'folder/', bytes: '' },
      { name: 'folder/größe.txt', bytes: 'abc' },
      { name: 'b\nc', bytes: '' },
    ])
    assert.equal(await archiveNames(zip), '3 entries\nfolder/größe.txt (3 bytes)\nb c (0 bytes)')
  })

  it('is the title of a PDF file, the number of its pages, and their text', async () => {
    const pdf = makePdf('Dues', ['Of all ships', 'Of boats'])
    assert.equal(gistText((await pdfText(pdf)) ?? ''), 'Dues, 2 pages\nOf all ships\nOf boats')
  })
})

describe('hostile files', () => {
  it('unpack to no more than is read of them, whatever they claim', async () => {
    const zip = makeZip([
      {
        name: 'docProps/core.xml',
        bytes: Buffer.concat([megabytes(8), Buffer.from('<c><dc:title>Behind it</dc:title></c>')]),
        claims: 10,
      },
      { name: 'word/document.xml', bytes: word('Text') },
    ])
    assert.equal(gistText(await officeText(zip)), 'Text\nSecond line')
  })

  it('is looked for in so much of an office file, however many entries unpack to megabytes', async () => {
    const empty = { name: 'ppt/slides/slide1.xml', bytes: `<a>${'<b/>'.repeat(900_000)}</a>` }
    const slide = { name: 'ppt/slides/slide2.xml', bytes: '<a><t>Harbour</t></a>' }
    const some = (count: number) => officeText(makeZip([...Array<typeof empty>(count).fill(empty), slide]))
    assert.equal(await some(3), 'Harbour')
    assert.equal(await some(20), '')
  })

  it('have no entities that grow', async () => {
    const laughs = Array.from({ length: 10 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join(
      '',
    )
    const bomb = `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol">${laughs}]>${word('&l10;')}`
    const text = await officeText(makeZip([{ name: 'word/document.xml', bytes: bomb }]))
    assert.ok(text.length < 200, text)
  })

  it('have elements in one another without an end, of which some are read', async () => {
    const bytes = `<w:t>Text</w:t>${'<a>'.repeat(1_300_000)}`
    const begun = process.cpuUsage()
    assert.equal(gistText(await officeText(makeZip([{ name: 'word/document.xml', bytes }]))), 'Text')
    assert.ok(process.cpuUsage(begun).user < 5e6)
  })

  it('have names that lead elsewhere, or make lines of their own', async () => {
    const zip = makeZip(
      ['a\u2028b\u0085c', '../evil.txt', '/etc/passwd'].map((name) => ({ name, bytes: '' })),
    )
    const names = 'a b c (0 bytes)\n../evil.txt (0 bytes)\n/etc/passwd (0 bytes)'
    assert.equal(gistText(await archiveNames(zip)), `3 entries\n${names}`)
  })

  it('have names without an end, of which a few are read', async () => {
    const zip = makeZip(
      Array.from({ length: 20_000 }, (_, i) => ({ name: `${i}/${'n'.repeat(300)}`, bytes: '' })),
    )
    assert.ok((await archiveNames(zip)).length < 10_000)
  })

  const own = gistApart({
    argv: ownProgram([process.execPath, 'bin/packetboat'], 'gist'),
    timeoutMs: 600_000,
  })

  it('end their process where they would fill the memory', async () => {
    const pdf = makePdf('Dues', [deflateSync(megabytes(600))])
    assert.equal(await own('pdf', pdf), '')
  })

  it('are of the kinds that they are said to be, or say nothing', async () => {
    const zip = makeZip([{ name: 'a', bytes: 'b' }])
    for (const kind of ['pdf', 'office', 'archives'] as const)
      for (const bytes of [Buffer.alloc(0), Buffer.from('PK'), Buffer.alloc(9999, 7), zip.subarray(0, -9)])
        assert.equal(await own(kind, bytes), '')
  })

  it('are read by the program as it is built', async () => {
    assert.equal(await own('archives', makeZip([{ name: 'a', bytes: 'b' }])), '1 entry\na (1 bytes)')
    assert.match(
      (await own('office', makeZip([{ name: 'content.xml', bytes: '<a>Text</a>' }]))) ?? '',
      /^Text/,
    )
    assert.match((await own('pdf', makePdf('Dues', ['Ships']))) ?? '', /^Dues, 1 page\nShips/)
  })
})
