import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { type DataDir, openDataDir } from '../../../src/cli/settings/data-dir.js'
import { foldEntries } from '../../../src/cli/usage/fold-entries.js'
import { decodeEntry, encodeEntry, sumOf, type UsageEntry } from '../../../src/cli/usage/usage-entry.js'
import { openUsageFile } from '../../../src/cli/usage/usage-file.js'
import { runEntry } from './run-entry.js'

const dayMs = 86_400_000
const nowMs = Date.parse('2026-11-25T12:00:00Z')

const entry = (more: Partial<UsageEntry> = {}): UsageEntry =>
  runEntry({ at: new Date(nowMs).toISOString(), ...more })

function folder(t: TestContext): DataDir {
  const root = mkdtempSync(join(tmpdir(), 'packetboat-usage-'))
  t.after(() => rmSync(root, { recursive: true, force: true }))
  return openDataDir(root)
}

test('each run is a line, and what was written is read', (t) => {
  const data = folder(t)
  const file = openUsageFile(data, () => nowMs)
  file.mark(entry())
  file.end(entry())
  file.end(entry({ exit: 5, failed: 1 }))
  assert.deepEqual(file.read(), [entry(), entry({ exit: 5, failed: 1 })])
  assert.equal(statSync(data.path('usage.jsonl')).mode & 0o777, 0o600)
})

test('a line that a crash cut is passed over, and the next run begins on a line of its own', (t) => {
  const data = folder(t)
  const file = openUsageFile(data, () => nowMs)
  file.end(entry())
  for (const torn of ['{"at":"2026-', 'null\n', '{"at":"x","span":"run"}\n', '[]\n', '\n'])
    appendFileSync(data.path('usage.jsonl'), torn)
  appendFileSync(data.path('usage.jsonl'), encodeEntry(entry()).slice(0, -3))
  file.end(entry({ up: 7 }))
  assert.deepEqual(file.read(), [entry(), entry({ up: 7 })])
})

test('a run that was killed is counted by the next one, once', (t) => {
  const data = folder(t)
  const killed = entry({ at: new Date(nowMs - 5000).toISOString(), exit: null, failed: 1 })
  openUsageFile(data, () => nowMs).mark({ ...killed, up: 1 })
  openUsageFile(data, () => nowMs).mark(killed)
  const next = openUsageFile(data, () => nowMs)
  next.mark(entry({ exit: null }))
  next.end(entry())
  assert.deepEqual(next.read(), [killed, entry()])
  // Killed between the two steps of its end.
  writeFileSync(data.path('usage-run.json'), encodeEntry(entry({ exit: null })))
  const later = entry({ at: new Date(nowMs + 5000).toISOString() })
  openUsageFile(data, () => nowMs).mark(later)
  openUsageFile(data, () => nowMs).end(later)
  assert.deepEqual(next.read(), [killed, entry(), later])
})

test('a folder that cannot be written is an error in words', (t) => {
  const data = folder(t)
  rmSync(data.root, { recursive: true })
  assert.throws(() => openUsageFile(data, () => nowMs).end(entry()), { code: 'READ_ONLY' })
})

test('the account stays below its bound however often somebody syncs, and its sums stay', (t) => {
  const data = folder(t)
  const path = data.path('usage.jsonl')
  const file = openUsageFile(data, () => nowMs)
  let text = ''
  for (let i = 0; i < 20_000; i++)
    text += `${encodeEntry(entry({ at: new Date(nowMs - i * 300_000).toISOString() }))}\n`
  writeFileSync(path, text)
  file.end(entry())
  assert.ok(readFileSync(path).length < 512 * 1024)
  const { runs, down, mailboxes, costs } = sumOf(file.read())
  assert.deepEqual([runs, down, costs], [20_001, 20_001_000, { USD: 10_000.5 }])
  assert.equal(mailboxes['INBOX']?.messages, 40_002)
})

test('folding changes no sum, and once more changes nothing', () => {
  const name = fc.constantFrom('INBOX', 'Work/*', '__proto__', 'toString', '(others)')
  const amount = fc.integer({ min: 0, max: 1e9 })
  const some = fc.record(
    {
      at: fc.integer({ min: 0, max: 1000 }).map((days) => new Date(nowMs - days * dayMs).toISOString()),
      span: fc.constantFrom('run' as const, 'day' as const, 'month' as const),
      link: fc.constantFrom('', 'iridium', 'gsm'),
      runs: fc.integer({ min: 1, max: 9 }),
      failed: fc.integer({ min: 0, max: 1 }),
      up: amount,
      down: amount,
      seconds: amount,
      costs: fc.dictionary(fc.constantFrom('USD', 'EUR'), amount, { noNullPrototype: true }),
      mailboxes: fc.dictionary(
        name,
        fc.tuple(amount, amount, amount).map(([messages, up, down]) => ({ messages, up, down })),
        {
          noNullPrototype: true,
        },
      ),
    },
    { noNullPrototype: true },
  )
  const sorted = ({ costs, mailboxes, ...sum }: ReturnType<typeof sumOf>) => ({
    ...sum,
    costs: Object.entries(costs).sort(),
    mailboxes: Object.entries(mailboxes).sort(),
  })
  fc.assert(
    fc.property(fc.array(some, { maxLength: 30 }), (entries) => {
      const folded = foldEntries(entries, { runs: 62, days: 400 }, nowMs)
      assert.deepEqual(sorted(sumOf(folded)), sorted(sumOf(entries)))
      assert.deepEqual(foldEntries(folded, { runs: 62, days: 400 }, nowMs), folded)
      for (const each of folded) assert.deepEqual(decodeEntry(encodeEntry(each)), each)
    }),
  )
})
