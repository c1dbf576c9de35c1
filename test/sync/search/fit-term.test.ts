import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { lookForRow } from '../../../src/sync/search/fit-term.js'
import { foldWords } from '../../../src/sync/search/fold-words.js'
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
      assert.equal(lookForRow(row)(text), isThere)
    })

  it('are found where the words of the text stand in that row, whatever stands between and around them', () => {
    const random = seededRandom(9)
    const pieces = [
      ...[
        'mast',
        'MAST',
        'mastic',
        'mást',
        'ｍａｓｔ',
        'oar',
        '7',
        'o',
        'ﬁ',
        'fi',
        'ß',
        'ẞ',
        'SS',
        'Ω',
        '東京',
        '東',
        'カ',
      ],
      ...[
        ' ',
        ' ',
        ' ',
        '\n> ',
        '-',
        '.',
        '@',
        '_',
        '\0',
        "'",
        '’',
        '™',
        '½',
        '〇',
        '\u0301',
        '\u05b0',
        '\u0903',
      ],
    ]
    const typed = ['mast', 'mast', 'oar', '7', 'o', 'fi', 'ss', 'ω', '東京', '東']
    const counts = { there: 0, not: 0 }
    for (let round = 0; round < 30_000; round++) {
      const text = Array.from({ length: 1 + random.below(9) }, () => random.pick(pieces)).join('')
      const row = Array.from({ length: 1 + random.below(3) }, () => random.pick(typed))
      const isThere = hasWordsInRow([...foldWords(text)], row)
      assert.equal(lookForRow(row)(text), isThere, JSON.stringify([text, row]))
      counts[isThere ? 'there' : 'not']++
    }
    assert.ok(counts.there > 1000 && counts.not > 1000, JSON.stringify(counts))
  })
})

function hasWordsInRow(words: readonly string[], row: readonly string[]): boolean {
  const fits = (word = '', at: number): boolean => {
    const goesOn = at === row.length - 1 && row[at] === '東'
    return goesOn ? word.startsWith('東') : word === row[at]
  }
  return words.some((_, from) => row.every((__, at) => fits(words[from + at], at)))
}
