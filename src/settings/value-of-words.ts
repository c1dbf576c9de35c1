import type { Registered } from './registry.js'
import { parseTomlDocument } from './toml-document.js'

/**
 * Turns words of the environment or the command line into a value: TOML where they read as that, unless the
 * setting is a text. For a list, one word is enough.
 */
export function valueOfWords(words: string, { setting }: Pick<Registered, 'setting'>): unknown {
  const attempt = (value: unknown): boolean => {
    try {
      setting.kind.read(value, { resolve: (path) => path })
      return true
    } catch {
      return false
    }
  }
  const asToml = tomlOf(words)
  // A secret may be any text, but nobody's is `{ file = "PATH" }`.
  if (/^\s*\{/.test(words) && asToml !== undefined && attempt(asToml)) return asToml
  if (attempt(words)) return words
  if (asToml !== undefined && typeof asToml !== 'string') return asToml
  return attempt([words]) ? [words] : words
}

/** Undefined where the words aren't TOML. */
function tomlOf(words: string): unknown {
  try {
    return parseTomlDocument('', `value = ${words.replaceAll('\n', ' ')}`).root['value']
  } catch {
    return undefined
  }
}
