import { nearestName } from '../../settings/nearest-name.js'
import { questionFields } from '../../sync/search/read-question.js'

/** What was probably meant by a word with a colon that names nothing to search in, such as `frm:ann`: it is searched for as it stands. */
export function misspeltField(typed: string): string | undefined {
  for (const [, name = '', value = ''] of typed.matchAll(/(?<!\S)([a-z]+):([^\s/]\S*)/gi)) {
    const nearest = nearestName(name, questionFields)
    if (nearest !== undefined && nearest !== name.toLowerCase())
      return `There is no "${name}:" to search in. Did you mean ${nearest}:${value}?`
  }
  return undefined
}
