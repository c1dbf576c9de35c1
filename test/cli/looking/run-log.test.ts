import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { RunEntry } from '../../../src/cli/log/run-entry.js'
import { openRunLog } from '../../../src/cli/log/run-log.js'
import { openDataDir } from '../../../src/cli/settings/data-dir.js'

const entry = (head: number, acts = 1): RunEntry => ({
  at: '2026-11-28T17:00:00.000Z',
  link: 'default',
  exit: 0,
  head,
  acts: Array.from({ length: acts }, () => ({
    act: 'new' as const,
    by: 'endpoint' as const,
    name: '0123456789ab',
    mailbox: 'INBOX',
    sender: 'Ann',
    subject: 's'.repeat(200),
  })),
  more: 0,
})

describe('the log of runs', () => {
  const world = (t: { after(run: () => void): void }) => {
    const folder = mkdtempSync(join(tmpdir(), 'packetboat-log-'))
    t.after(() => rmSync(folder, { recursive: true }))
    return { path: join(folder, 'log.jsonl'), log: openRunLog(openDataDir(folder)) }
  }

  it('is bounded, and keeps the newest', (t) => {
    const { path, log } = world(t)
    for (let head = 1; head <= 40; head++) {
      log.add(entry(head, 300))
      assert.ok(statSync(path).size <= 1024 * 1024)
    }
    const heads = log.read().map(({ head }) => head)
    assert.equal(heads.at(-1), 40)
    assert.ok(heads.length >= 4 && heads.length < 40, String(heads.length))
    assert.equal(statSync(path).mode & 0o777, 0o600)
  })

  it('reads what it can', (t) => {
    const { path, log } = world(t)
    const good = JSON.stringify(entry(7))
    const bad = [
      '',
      '{"at":',
      '[]',
      'null',
      '{}',
      good.replace('"new"', '"old"'),
      good.replace('"endpoint"', '"moon"'),
      good.replace('"head":7', '"head":"7"'),
      good.replace('"Ann"', '3'),
      good.replace('2026-11-28T', 'x'),
      good.replace('[{', '{"a":{').replace('}]', '}}'),
    ]
    writeFileSync(path, `${bad.join('\n')}\n${good}\n${good.slice(0, 50)}`)
    assert.deepEqual(log.read(), [entry(7)])
    log.add(entry(8))
    assert.deepEqual(log.read(), [entry(7), entry(8)])
  })
})
