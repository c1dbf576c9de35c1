import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type GistWish, gistWords } from '../../src/cli/gist/gist-words.js'
import { InvalidValue } from '../../src/settings/invalid-value.js'

const place = { resolve: (path: string) => path }

const readable: readonly (readonly [written: unknown, wishes: readonly GistWish[], printed: string])[] = [
  ['auto', [{ word: 'auto' }], '"auto"'],
  ['never', [{ word: 'never' }], '"never"'],
  [['always'], [{ word: 'always' }], '"always"'],
  [['pdf never'], [{ kind: 'pdf', word: 'never' }], '["pdf never"]'],
  [
    ['never', 'html > 8k', 'archives  always '],
    [
      { word: 'never' },
      { kind: 'html', word: 'auto', aboveBytes: 8000 },
      { kind: 'archives', word: 'always' },
    ],
    '["never", "html > 8 kB", "archives always"]',
  ],
  [['text>2k'], [{ kind: 'text', word: 'auto', aboveBytes: 2000 }], '["text > 2 kB"]'],
]
for (const [written, wishes, printed] of readable)
  test(`${JSON.stringify(written)} can be read, and comes back the same`, () => {
    assert.deepEqual(gistWords.read(written, place), wishes)
    assert.equal(gistWords.print(wishes), printed)
    assert.deepEqual(gistWords.read(JSON.parse(printed), place), wishes)
  })

for (const words of [
  '',
  'sometimes',
  'pdf',
  'pdf sometimes',
  'words never',
  'html > much',
  'html >',
  'auto > 8k',
])
  test(`"${words}" is refused`, () => {
    assert.throws(() => gistWords.read(words, place), InvalidValue)
    assert.throws(
      () => gistWords.read(['auto', words], place),
      (error) => error instanceof InvalidValue && error.path[0] === 1,
    )
  })

for (const [words, meant] of [
  ['alway', 'always'],
  ['archive never', 'archives'],
] as const)
  test(`"${words}" is nearly "${meant}"`, () => {
    assert.throws(
      () => gistWords.read(words, place),
      (error) => error instanceof InvalidValue && error.meant === meant,
    )
  })
