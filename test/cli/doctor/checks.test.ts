import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { certificateAge, checkCertificate } from '../../../src/cli/doctor/check-certificate.js'
import { isPrivate } from '../../../src/cli/doctor/check-endpoint.js'
import { checkMaildir } from '../../../src/cli/doctor/check-folders.js'
import { checkClock, checkProtocol } from '../../../src/cli/doctor/check-line.js'
import { createFindings, type Findings } from '../../../src/cli/doctor/findings.js'
import { protocolVersion } from '../../../src/wire/request-frames.js'
import { pretendNarrowDisk } from '../../mailstore/maildir/pretended-disk.js'

/** `STATE: WHAT` of all that is found. */
function collect(): { found: Findings; told: string[] } {
  const told: string[] = []
  return {
    told,
    found: createFindings(new AbortController().signal, ({ state, what }) => told.push(`${state}: ${what}`)),
  }
}

test('clocks may be two minutes apart', () => {
  for (const [aheadMs, words] of [
    [0, /^ok/],
    [119_000, /^ok/],
    [-121_000, /^wrong: .*2 minutes behind/],
    [3_600_000, /^wrong: .* 1 hour ahead/],
    [3 * 86_400_000, /^wrong: .* 3 days ahead/],
    [undefined, /^note/],
  ] as const) {
    const { found, told } = collect()
    checkClock(found, aheadMs)
    assert.match(told.join(), words)
  }
})

test('two sides that speak different versions are told apart, and which of them to update', () => {
  for (const [theirs, words] of [
    [protocolVersion, /^ok/],
    [protocolVersion + 1, /^wrong: .*they can't sync/],
    [protocolVersion - 1, /^wrong: .*they can't sync/],
    [undefined, /^note: .*older version/],
  ] as const) {
    const { found, told } = collect()
    checkProtocol(found, theirs)
    assert.match(told.join(), words)
  }
})

test('a certificate that has expired is wrong, one that soon will is worth a note', () => {
  const nowMs = Date.parse('2026-11-28T12:00:00Z')
  for (const [validTo, words] of [
    ['Nov 27 12:00:00 2026 GMT', /^wrong: .*expired/],
    ['Dec  1 13:00:00 2026 GMT', /^note: .*in 3 days/],
    ['Nov 28 13:00:00 2027 GMT', /^ok: .*365 more days/],
  ] as const) {
    const { found, told } = collect()
    certificateAge(found, 'cert.pem', validTo, nowMs)
    assert.match(told.join(), words)
  }
})

test('files that are no certificate and no key, or not there, are wrong each by itself', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'packetboat-doctor-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const [certificate, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  writeFileSync(certificate, 'nothing')
  chmodSync(certificate, 0o600)
  const { found, told } = collect()
  await checkCertificate(found, { certificate, key }, 0)
  assert.equal(told.filter((each) => each.startsWith('wrong')).length, 2, told.join('\n'))
})

test('addresses that work within one network only are known', () => {
  for (const inner of [
    '10.0.0.1',
    '192.168.1.2',
    '172.31.0.1',
    '100.64.3.2',
    '169.254.1.1',
    'fd12::1',
    'fe80::1',
  ])
    assert.ok(isPrivate(inner), inner)
  for (const outer of ['11.0.0.1', '172.32.0.1', '100.128.0.1', '193.168.1.2', '2001:db8::1', '127.0.0.1'])
    assert.ok(!isPrivate(outer), outer)
})

test('a Maildir on a disk without colons and hard links is worth two notes, and nothing stays of what was tried', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'packetboat-doctor-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  for (const name of ['cur', 'new', 'tmp']) mkdirSync(join(folder, 'mail', name), { recursive: true })
  const look = async (): Promise<string> => {
    const { found, told } = collect()
    const place = {
      kind: 'maildir',
      path: join(folder, 'mail'),
      names: 'mutf7',
      layout: 'auto',
      create: false,
    } as const
    await checkMaildir(found, place, folder, new AbortController().signal)
    return told.filter((each) => !/free for/.test(each)).join('\n')
  }
  assert.match(await look(), /^ok: .*has 1 mailbox\.$/)
  const restore = pretendNarrowDisk(folder)
  t.after(async () => restore())
  assert.match(await look(), /^ok: .*\nnote: .*colon.* ;2,.*\nnote: .*no hard links.*$/)
  assert.deepEqual(readdirSync(join(folder, 'mail', 'tmp')), [])
})
