import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chooseWords } from '../../../src/reader/words/words.js'

type Table = { readonly [name: string]: string | Table | ((...given: never[]) => string) }

const english = (await chooseWords(['en'])).words as unknown as Table
const german = (await chooseWords(['de'])).words as unknown as Table

/** What each word says, by its name: that of a function with one of what it counts, and with several. */
function said(table: Table, path = ''): [name: string, text: string][] {
  return Object.entries(table).flatMap(([key, value]) => {
    const name = `${path}${key}`
    if (typeof value === 'string') return [[name, value]]
    if (typeof value !== 'function') return said(value, `${name}.`)
    const call = value as (...given: unknown[]) => string
    return [1, 2].map((count): [string, string] => [`${name} of ${count}`, call(count, count, count)])
  })
}

/** The same in both languages. */
const same = new Set(['text', 'budgetExample', ...[1, 2].flatMap((count) => [`syncedAt of ${count}`])])

test('each word of the page is there in both languages, and is another one', () => {
  const [there, here] = [said(english), new Map(said(german))]
  assert.deepEqual(
    [...here.keys()],
    there.map(([name]) => name),
  )
  for (const [name, text] of there) {
    const other = here.get(name) ?? ''
    for (const each of [text, other]) {
      assert.ok(each.trim() !== '', name)
      assert.doesNotMatch(each, /undefined|NaN|\[object/, name)
    }
    if (!same.has(name)) assert.notEqual(other, text, name)
  }
})

test('what is counted is said of one and of several', () => {
  const several = (table: Table) =>
    said(table).filter(([name, text]) => / of 1$/.test(name) && /\b1 (?:more )?\p{L}+s\b/u.test(text))
  assert.deepEqual(
    several(english).filter(([, text]) => !/1 unread|status/.test(text)),
    [],
  )
  const plural = /\b1 \p{L}*(?:zeilen|Nachrichten|Bilder|Probleme)\b/u
  assert.deepEqual(
    said(german).filter(([name, text]) => / of 1$/.test(name) && plural.test(text)),
    [],
  )
})
