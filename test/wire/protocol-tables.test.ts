import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { knownCharsets, knownMediaTypes } from '../../src/mime/known-names.js'
import { mimeLimits } from '../../src/mime/limits.js'
import { conflictKinds } from '../../src/replica/conflict.js'
import { requestLimits } from '../../src/sync/policy/limits.js'
import { defaultPolicy } from '../../src/sync/policy/policy.js'
import { sharedHistories } from '../../src/sync/policy/shared-history.js'
import { bundleKind } from '../../src/wire/bundle.js'
import { wireLimits } from '../../src/wire/limits.js'
import { conflictBits, operationCodes, resultCodes } from '../../src/wire/operations.js'
import { primerLimits } from '../../src/wire/primer-frame.js'
import { helloBits, protocolVersion, requestKinds } from '../../src/wire/request-frames.js'
import { acceptBits } from '../../src/wire/response/accept-frame.js'
import { responseKinds } from '../../src/wire/response/kinds.js'
import { mailboxBits } from '../../src/wire/response/structure-frames.js'
import { submitBits } from '../../src/wire/submissions.js'
import { wantBits } from '../../src/wire/wants-frame.js'

/** docs/PROTOCOL.md is what others build from: its numbers are those of the code, all of them and in the order of the document. */
const document = readFileSync('docs/PROTOCOL.md', 'utf8')

/** The cells of the first table behind a line that begins with this, without its head, which begins with `head`. */
function table(behind: string, head = '|'): string[][] {
  const from = document.indexOf(`\n${behind}`)
  assert.ok(from >= 0, `docs/PROTOCOL.md has no "${behind}"`)
  const lines = document.slice(document.indexOf(`\n${head}`, from) + 1).split('\n')
  const end = lines.findIndex((line) => !line.startsWith('|'))
  return lines.slice(2, end).map((line) =>
    line
      .slice(1, -1)
      .split(' | ')
      .map((cell) => cell.trim()),
  )
}

/** What stands in the second cell, a word or a link, and the number in the first one. */
function numbered(behind: string, head?: string): [string, number][] {
  return table(behind, head).map(([number = '', name = '']) => [
    name.replace(/^\[([^\]]*)\].*$/, '$1'),
    Number(number.replaceAll(',', '')),
  ])
}

/** As the document writes the names of the code. */
function inWords(numbers: Readonly<Record<string, number>>): [string, number][] {
  return Object.entries(numbers).map(([name, number]) => [
    name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`),
    number,
  ])
}

const byNumber = (rows: readonly [string, number][]) => rows.toSorted(([, a], [, b]) => a - b)

for (const [heading, numbers] of [
  ['The bits of a hello:', helloBits],
  ['The bits of a part:', wantBits],
  ['The bits of an accept:', acceptBits],
  ['The bits of a submission:', submitBits],
  ['The bits of a mailbox:', mailboxBits],
  ['The bits of a conflict:', conflictBits],
] as const)
  test(`${heading.replace(':', '')} are those of the code`, () => {
    assert.deepEqual(numbered(heading), inWords(numbers))
    // A bit that older sides ignore has an odd place, and may leave the even place before it empty.
    const places = Object.values(numbers).map((bit) => Math.log2(bit))
    for (const [i, place] of places.entries()) {
      const before = places[i - 1] ?? -1
      assert.ok(place === before + 1 || (place === before + 2 && place % 2 === 1), heading)
    }
  })

test('frames have the kinds of the code', () => {
  assert.deepEqual(byNumber(numbered('## Request')), byNumber(Object.entries(requestKinds)))
  assert.deepEqual(byNumber(numbered('## Response')), byNumber(Object.entries(responseKinds)))
  assert.match(document, new RegExp(`^Kind \\*\\*${bundleKind}\\*\\* in either direction`, 'm'))
  for (const [, name, kind] of document.matchAll(/^### (\w+) \((\d+)\)$/gm)) {
    const kinds: Readonly<Record<string, number>> = { ...requestKinds, ...responseKinds }
    assert.equal(kinds[name ?? ''], Number(kind), name)
  }
})

test('a field that is there with a bit only names the bit of its own name', () => {
  for (const [heading, bits] of [
    ['### hello (1)', helloBits],
    ['### accept (1)', acceptBits],
  ] as const) {
    const known = new Map(inWords(bits))
    const fields = table(heading).flatMap(([name = '', , about = '']) => {
      const bit = /^(?:only )?with bit (\d+)/.exec(about)?.[1]
      return bit === undefined ? [] : [[name, Number(bit)] as const]
    })
    assert.ok(fields.length > 0)
    for (const [name, bit] of fields) assert.equal(bit, known.get(name), name)
    // Whoever follows has a field, and the other way round.
    const following = table(`The bits of ${heading === '### hello (1)' ? 'a hello' : 'an accept'}:`)
      .filter(([, , about = '']) => /^follows?$/.test(about))
      .map(([, name]) => name)
    assert.deepEqual(fields.map(([name]) => name).sort(), following.sort())
  }
})

test('operations, results and conflicts have the numbers of the code', () => {
  assert.deepEqual(numbered('## Journal', '| code | operation |'), Object.entries(operationCodes))
  const results = /^\| kind \| u8: (.*) \|$/m.exec(document)?.[1] ?? ''
  assert.deepEqual(
    [...results.matchAll(/(\d+) `([\w-]+)`/g)].map(([, code, name]) => [name, Number(code)]),
    Object.entries(resultCodes),
  )
  const kinds = /^\| kind \| u8 \| from 0: (.*?) \(\[CONFLICTS/m.exec(document)?.[1] ?? ''
  assert.deepEqual(
    [...kinds.matchAll(/`([\w-]+)`/g)].map(([, name]) => name),
    [...conflictKinds],
  )
})

test('media types and charsets have the numbers of the code', () => {
  for (const [name, known] of [
    ['types', knownMediaTypes],
    ['charsets', knownCharsets],
  ] as const) {
    const item = new RegExp(`^- \\*\\*${name}\\*\\*: ([^]*?)\n(?=- |\n)`, 'm').exec(document)?.[1]
    const listed = item?.split(/,\s+/) ?? []
    assert.ok(listed.length > 10)
    for (const [i, each] of listed.entries()) assert.equal(known.nameOf(i + 1), each)
    assert.equal(known.nameOf(listed.length + 1), undefined, `${name} that the document doesn't list`)
  }
})

test('a policy has the fields and the defaults of the code, in this order', () => {
  const rows = table('## Policy')
  assert.deepEqual(
    rows.map(([name]) => name),
    Object.keys(defaultPolicy),
  )
  for (const [name = '', type = '', value = ''] of rows) {
    const mine: unknown = defaultPolicy[name as keyof typeof defaultPolicy]
    if (type === 'varint') assert.equal(Number(value.replaceAll(',', '')), mine, name)
    else if (type === 'u8') assert.equal(sharedHistories[Number(value)], mine, name)
    else assert.deepEqual([value, mine], ['none', []], name)
  }
  const shared = /\| sharedHistory \| u8 \|.*?below: (.*?)\. Others/.exec(document)?.[1] ?? ''
  assert.deepEqual(
    [...shared.matchAll(/(\d) (\w+)/g)].map(([, number, name]) => [Number(number), name]),
    sharedHistories.map((name, number) => [number, name]),
  )
})

test('bounds are those of the code', () => {
  const bounds = new Map(
    table('## Limits').map(([what = '', bound = '']) => [what, bound.replaceAll(',', '')]),
  )
  const says = (what: string, ...numbers: number[]): void => {
    const found = [...(bounds.get(what) ?? '').matchAll(/\d+/g)].map(([number]) => Number(number))
    for (const number of numbers)
      assert.ok(found.includes(number), `${what}: ${number} of ${bounds.get(what)}`)
  }
  says('payload', wireLimits.payloadBytes)
  says('history', wireLimits.historyBytes)
  says('journal entries in a request', requestLimits.journalEntries, requestLimits.journalBytes / 2 ** 20)
  says('policies in a request', requestLimits.policies)
  says('parts, depth of a mail', mimeLimits.parts, mimeLimits.depth)
  says('structure of a mail', mimeLimits.structureBytes, mimeLimits.headerBytes)
  says('encoded quoted-printable part', mimeLimits.quotedPrintableBytes)
  says('cold runs', mimeLimits.coldRuns)
  says('base64 tail', mimeLimits.base64TailBytes)
  assert.match(document, new RegExp(`A primer names at most ${primerLimits.messages} messages`))
})

test('the version of the document is that of the code, wherever it says it', () => {
  assert.match(document, new RegExp(`^# The packetboat protocol, version ${protocolVersion}$`, 'm'))
  assert.match(document, new RegExp(`^\\| version \\| varint \\| ${protocolVersion}\\. `, 'm'))
  assert.equal(table('## Versions').at(-1)?.[0], String(protocolVersion))
})
