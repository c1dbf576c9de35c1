import { readFileSync } from 'node:fs'

/**
 * Turns of phrase that readers stumble over (words that stand for nothing that was named, words that are right in a dictionary and
 * wrong in a manual), as sources of regular expressions, and what to write instead.
 */
const riddles = JSON.parse(readFileSync(new URL('riddles.json', import.meta.url), 'utf8'))

/** What to say of each riddle in a text. */
export function riddlesIn(text) {
  return riddles.flatMap(([source, instead]) =>
    [...text.matchAll(new RegExp(source, 'gi'))].map(([found]) => `"${found}": write ${instead}`),
  )
}

/** A remark plugin that warns of each riddle in the text of a page. Code is left alone. */
export function warnOfRiddles() {
  return (tree, file) => {
    for (const { value, position } of textsOf(tree))
      for (const words of riddlesIn(value))
        file.message(words, { place: position, source: 'words', ruleId: 'riddle' })
  }
}

function textsOf(node) {
  return node.type === 'text' ? [node] : (node.children ?? []).flatMap(textsOf)
}
