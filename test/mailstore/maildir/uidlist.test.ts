import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { raiseNext, replaceNumbering } from '../../../src/mailstore/maildir/numbering.js'
import { parseUidList, printUidList, type UidList } from '../../../src/mailstore/maildir/uidlist.js'
import {
  appendUids,
  readUidList,
  uidListPath,
  writeUidList,
} from '../../../src/mailstore/maildir/uidlist-file.js'

const guid = '0123456789abcdef0123456789abcdef'

/** What Dovecot 2.3 writes, and what it calls damaged (maildir-uidlist.c). */
const tables: readonly (readonly [what: string, text: string, parsed: UidList | undefined])[] = [
  [
    'a list with GUIDs and sizes',
    `3 V1700000000 N12 G${guid}\n3 W120 :1700000001.M1P2.host,S=118\n11 G${guid} :1700000002.x\n`,
    {
      uidValidity: 1700000000,
      uidNext: 12,
      guid,
      otherFields: [],
      records: [
        { uid: 3, base: '1700000001.M1P2.host,S=118', fields: ['W120'] },
        { uid: 11, base: '1700000002.x', fields: [`G${guid}`] },
      ],
    },
  ],
  [
    'lines that were appended count for UIDNEXT',
    '3 V5 N2\n1 :a\n7 :b\n',
    {
      uidValidity: 5,
      uidNext: 8,
      otherFields: [],
      records: [
        { uid: 1, base: 'a', fields: [] },
        { uid: 7, base: 'b', fields: [] },
      ],
    },
  ],
  [
    'a last line without its end is passed over, whatever it says',
    '3 V5 N2\n1 :a\n7 :b.with.half.a.na',
    { uidValidity: 5, uidNext: 2, otherFields: [], records: [{ uid: 1, base: 'a', fields: [] }] },
  ],
  [
    'the later UID of a file that stands there twice is the right one',
    '3 V5 N4\n1 :a\n2 :b\n3 :a\n',
    {
      uidValidity: 5,
      uidNext: 4,
      otherFields: [],
      records: [
        { uid: 2, base: 'b', fields: [] },
        { uid: 3, base: 'a', fields: [] },
      ],
    },
  ],
  [
    'header fields that we do not know are kept',
    '3 V5 N2 X7\n',
    { uidValidity: 5, uidNext: 2, otherFields: ['X7'], records: [] },
  ],
  ['UIDs that do not ascend', '3 V5 N9\n2 :a\n2 :b\n', undefined],
  ['a UID of 0', '3 V5 N9\n0 :a\n', undefined],
  ['a UID past 32 bits', '3 V5 N9\n4294967296 :a\n', undefined],
  ['a line without a name', '3 V5 N9\n1 \n', undefined],
  ['a name with a folder in it', '3 V5 N9\n1 :../a\n', undefined],
  ['version 1', '1 5 9\n1 a\n', undefined],
  ['no UIDVALIDITY', '3 N9\n', undefined],
  ['nothing', '', undefined],
]

for (const [what, text, parsed] of tables)
  test(`dovecot-uidlist: ${what}${parsed ? '' : ' is damage'}`, () => {
    assert.deepEqual(parseUidList(text), parsed)
  })

const uidLists = fc
  .record({
    uidValidity: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
    uids: fc.uniqueArray(fc.integer({ min: 1, max: 2 ** 31 }), { maxLength: 30 }),
    room: fc.integer({ min: 1, max: 1000 }),
    guid: fc.option(fc.constant(guid), { nil: undefined }),
  })
  .map(({ uidValidity, uids, room, guid: ofMailbox }): UidList => {
    const records = [...uids]
      .sort((a, b) => a - b)
      .map((uid, index) => ({ uid, base: `17000000${index}.M${uid}.host:with colons`, fields: [`G${guid}`] }))
    const uidNext = (records.at(-1)?.uid ?? 0) + room
    return { uidValidity, uidNext, ...(ofMailbox && { guid: ofMailbox }), otherFields: [], records }
  })

test('what is printed is read again as it was, and a cut anywhere loses at most the lines behind it', () => {
  fc.assert(
    fc.property(uidLists, fc.double({ min: 0, max: 1, noNaN: true }), (list, share) => {
      const text = printUidList(list)
      assert.deepEqual(parseUidList(text), list)
      const cut = parseUidList(text.slice(0, Math.floor(text.length * share)))
      if (!cut) return
      assert.deepEqual(cut.records, list.records.slice(0, cut.records.length))
    }),
  )
})

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'packetboat-uidlist-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

test('what is appended behind half a line does not become part of it', async (t) => {
  const path = folder(t)
  writeFileSync(uidListPath(path), '3 V5 N2\n1 :a\n')
  appendFileSync(uidListPath(path), '2 G0123')
  await appendUids(path, [{ uid: 2, base: 'b', fields: [] }])
  assert.equal(readFileSync(uidListPath(path), 'utf8'), '3 V5 N3\n1 :a\n2 :b\n')
})

test('UIDNEXT never falls, a list gets a later time each time it is replaced, and other programs’ fields stay', async (t) => {
  const path = folder(t)
  const list: UidList = {
    uidValidity: 5,
    uidNext: 9,
    guid,
    otherFields: ['X7'],
    records: [{ uid: 3, base: 'a', fields: ['W1'] }],
  }
  await writeUidList(path, list)
  await raiseNext(path, 4)
  assert.equal((await readUidList(path))?.uidNext, 9)
  await raiseNext(path, 40)
  assert.equal((await readUidList(path))?.uidNext, 40)
  await replaceNumbering(path, { uidValidity: 6, uidNext: 2, guid }, new Map([['a', 7]]))
  assert.deepEqual(await readUidList(path), {
    ...list,
    uidValidity: 6,
    uidNext: 8,
    records: [{ uid: 7, base: 'a', fields: ['W1'] }],
  })
})
