import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isSentToMany } from '../../src/mime/headers/sent-to-many.js'

const letter = 'From: Ann <ann@example.org>\nSubject: harbour\n'

const cases: readonly (readonly [name: string, header: string, many: boolean])[] = [
  ['a letter', letter, false],
  ['mail of a list', `${letter}List-Id: <crew.example.org>\n`, true],
  ['a newsletter', `${letter}LIST-UNSUBSCRIBE:\n <https://example.org/u>\n`, true],
  ['mail that goes behind others', `${letter}Precedence: Bulk\n`, true],
  ['a notice of a program', `${letter}Auto-Submitted: auto-generated; x\n`, true],
  ['what a person submitted', `${letter}Auto-Submitted: no\nPrecedence: first-class\n`, false],
  ['an answer on a list', `List-Id: <crew.example.org>\n${letter}In-Reply-To: <1@example.org>\n`, false],
  ['an answer that only names what went before', `List-Id: <crew>\n${letter}References: <1@x>\n`, false],
  ['a body that speaks of lists', `${letter}\nList-Id: <crew.example.org>\n`, false],
  ['a list without a name', `${letter}List-Id:\n`, false],
  ['fields that are called as what all objects have', `constructor: x\n__proto__: x\n${letter}`, false],
]

for (const [name, header, many] of cases)
  test(`${many ? 'went to many' : 'was written to somebody'}: ${name}`, () => {
    for (const text of [header, header.replaceAll('\n', '\r\n')])
      assert.equal(isSentToMany(new TextEncoder().encode(`${text}\n`)), many)
  })
