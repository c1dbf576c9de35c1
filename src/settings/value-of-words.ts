import type { Registered } from './registry.js'
import { parseTomlDocument } from './toml-document.js'

/**
 * Words of the environment or the command line as a value: what reads as a value of TOML is one, unless a text is wanted; a list may
 * be one word.
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
  if (attempt(words)) return words
  try {
    const value = parseTomlDocument('', `value = ${words.replaceAll('\n', ' ')}`).root['value']
    if (typeof value !== 'string') return value
  } catch {
    // No TOML: a word.
  }
  return attempt([words]) ? [words] : words
}
