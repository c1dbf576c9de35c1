import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chooseWords } from '../../../src/reader/words/words.js'

test('the page speaks the first language preferred that it knows, of any country', async () => {
  for (const [preferred, language] of [
    [['de-CH', 'en'], 'de'],
    [['DE'], 'de'],
    [['fr', 'de-AT', 'en'], 'de'],
    [['fr', 'en-GB', 'de'], 'en'],
    [['constructor', 'fr'], 'en'],
    [[], 'en'],
  ] as const)
    assert.equal((await chooseWords(preferred)).language, language, preferred.join())
})

test('a German browser is told in German with which account it is paired', async () => {
  assert.match((await chooseWords(['de'])).words.paired('anna'), /Konto anna gekoppelt/)
})
