import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { hasRow } from '../../../src/sync/search/fit-term.js'
import { seededRandom } from '../../world/random.js'

const long = 'a'.repeat(40)

describe('words in a row', () => {
  const cases: readonly (readonly [text: string, row: readonly string[], isThere: boolean])[] = [
    ['The Harbour\n  dues rise.', ['harbour', 'dues'], true],
    ['harbour-dues', ['harbour', 'dues'], true],
    ['harbour, no dues', ['harbour', 'dues'], false],
    ['harbours dues', ['harbour', 'dues'], false],
    ['harbour dues2', ['harbour', 'dues'], false],
    ['harbour_dues', ['harbour', 'dues'], true],
    [`the ${long} end`, ['the', long.slice(0, 30), 'end'], true],
    ['the harbour', ['grüße'], false],
    ['Grüße aus', ['grusse', 'aus'], true],
    ['', ['dues'], false],
  ]
  for (const [text, row, isThere] of cases)
    it(`${isThere ? 'are' : "aren't"} in ${JSON.stringify(text.slice(0, 30))}: ${row.join(' ').slice(0, 30)}`, () => {
      assert.equal(hasRow(text, row), isThere)
    })

  it('are found in a text without accents as beside a word with one', () => {
    const random = seededRandom(9)
    const pieces = [
      'mast',
      'MAST',
      'mastic',
      'oar',
      '7',
      'o',
      ' ',
      ' ',
      '\n> ',
      '-',
      '.',
      '@',
      '_',
      '\0',
      "'",
    ]
    for (let round = 0; round < 2000; round++) {
      const text = Array.from({ length: 12 }, () => random.pick(pieces)).join('')
      const row = Array.from({ length: 1 + random.below(3) }, () => random.pick(['mast', 'oar', '7', 'o']))
      assert.equal(hasRow(text, row), hasRow(`${text} é`, row), JSON.stringify([text, row]))
    }
  })
})
