import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fromHex, toHex } from '../../src/bytes/hex.js'
import { linkTables } from '../../src/link/server/device-registry.js'
import { tables } from '../../src/replica/tables.js'
import { decodeKey, encodeKey } from '../../src/store/key.js'
import { MemoryStore } from '../../src/store/memory-store.js'
import { openDatabase } from '../../src/store/open-database.js'
import type { Key, StoreEntry } from '../../src/store/store.js'
import type { Table } from '../../src/store/table.js'
import { linkTableRows, tableRows } from './table-rows.js'

/** What stands in databases of earlier versions, from before there were tables. Never written anew. */
const golden = JSON.parse(readFileSync('test/replica/table-bytes.json', 'utf8')) as Record<
  string,
  Record<string, readonly { readonly key: string; readonly value: string }[]>
>

type AnyTable = Table<Key, object>
interface Row {
  readonly key: Key
  readonly value: object
}

const everyTable = Object.entries({
  replica: { tables, rows: tableRows },
  link: { tables: linkTables, rows: linkTableRows },
}).flatMap(([database, all]) =>
  Object.entries(all.tables).map(([name, table]) => ({
    name: `${database} ${name}`,
    table: table as unknown as AnyTable,
    rows: (all.rows as unknown as Record<string, readonly Row[]>)[name] ?? [],
    bytes: golden[database]?.[name] ?? [],
  })),
)

async function entriesOf(store: MemoryStore): Promise<StoreEntry[]> {
  const entries: StoreEntry[] = []
  for await (const entry of store.list({ prefix: [] })) entries.push(entry)
  return entries
}

describe('the tables of a database', () => {
  it('have names of their own, apart from blobs', () => {
    for (const all of [tables, linkTables]) {
      const names = ['blob', ...Object.values(all).map(({ name }) => name)]
      assert.equal(new Set(names).size, names.length, names.join(' '))
    }
  })

  it('are the one place where keys are written, but for blobs', () => {
    const byHand = readdirSync('src', { recursive: true })
      .map((name) => String(name))
      .filter((name) => name.endsWith('.ts') && !/^(?:store|settings)/.test(name))
      .filter((name) =>
        /\bprefix: \[|\b(?:tx|db|reader|store)\.(?:get|put|delete)(?:<.*>)?\(\[/.test(
          readFileSync(`src/${name}`, 'utf8'),
        ),
      )
    assert.deepEqual(byHand, [])
  })

  for (const { name, table, rows, bytes } of everyTable) {
    it(`keep the bytes of earlier versions: ${name}`, async () => {
      assert.ok(rows.length > 0)
      for (const [at, { key, value }] of rows.entries()) {
        const store = new MemoryStore()
        await openDatabase(store).transact(async (tx) => table.put(tx, ...key, value))
        const [entry, ...others] = await entriesOf(store)
        assert.equal(others.length, 0)
        assert.equal(toHex(encodeKey(entry?.key ?? [])), bytes[at]?.key)
        assert.equal(toHex(entry?.value ?? new Uint8Array()), bytes[at]?.value)
      }
    })

    it(`read the bytes of earlier versions: ${name}`, async () => {
      const store = new MemoryStore()
      const puts = bytes.map(({ key, value }) => ({ key: decodeKey(fromHex(key)), value: fromHex(value) }))
      // What is no row of it, before and behind.
      const others = [
        [table.name.slice(0, -1), 'x'],
        [`${table.name}x`, 'x'],
      ]
      await store.commit({ puts: [...puts, ...others.map((key) => ({ key, value: Uint8Array.of(1) }))] })
      const db = openDatabase(store)
      for (const { key, value } of rows) {
        assert.deepEqual(await table.get(db, ...key), value)
        assert.ok(await table.has(db, ...key))
      }
      const listed: Row[] = []
      for await (const row of table.list(db)) listed.push(row)
      const inOrder = rows.filter(({ key }) => key.length > 0)
      assert.deepEqual(
        new Set(listed.map((row) => JSON.stringify(row))),
        new Set(inOrder.map((row) => JSON.stringify(row))),
      )
      assert.equal(await table.count(db), inOrder.length)
      assert.equal(await table.any(db), inOrder.length > 0)
      await db.transact(async (tx) => {
        for (const { key } of rows) table.delete(tx, ...key)
      })
      assert.equal((await entriesOf(store)).length, others.length)
    })
  }
})
