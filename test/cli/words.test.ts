import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

/** What `npm run words` warns of in pages, held in what the program says: help, settings, errors and their next steps. */
const riddles = (JSON.parse(readFileSync('scripts/words/riddles.json', 'utf8')) as [string, string][]).map(
  ([source, instead]) => ({ pattern: new RegExp(source, 'i'), instead }),
)

/** The texts of more than two words in a file. */
function textsOf(source: string): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, '')
  return [...code.matchAll(/'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g)]
    .map(([text]) => text.replace(/\$\{[^}]*\}/g, 'X'))
    .filter((text) => /[a-z]+ [a-z]+ [a-z]+/i.test(text))
}

test('what the program says is plain English', () => {
  // The phrases of the dictionary are mail of other programs, and every byte of them is protocol.
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter(
    (path) => path.endsWith('.ts') && !path.includes('dictionary-phrases'),
  )
  let texts = 0
  for (const file of files)
    for (const text of textsOf(readFileSync(join('src', file), 'utf8'))) {
      texts++
      for (const { pattern, instead } of riddles)
        assert.doesNotMatch(text, pattern, `src/${file}: write ${instead}`)
    }
  assert.ok(texts > 400, `${texts} texts`)
})
