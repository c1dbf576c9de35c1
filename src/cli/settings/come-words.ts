import { InvalidValue } from '../../settings/invalid-value.js'
import { type Kind, size, texts } from '../../settings/kind.js'
import { nearestName } from '../../settings/nearest-name.js'
import { type Limit, partKinds } from '../../sync/policy/rules.js'

const what =
  'a list like ["text", "html never", "attachments <= 64k", "image/* never"]: of a kind of parts always, never, or up to a size'

/** What comes at once, in words: the last that fits a part decides. */
export const comeWords: Kind<readonly Limit[]> = {
  what,
  label: 'list of kinds of parts',
  read: (value, place) => texts.read(value, place).map((words, index) => read(words, index)),
  print: (limits) => texts.print(limits.map(printLimit)),
}

function read(words: string, index: number): Limit {
  const match = /^\s*(\S+)\s*(?:(always|never)|(?:<=|up to)\s*(\S.*?))?\s*$/.exec(words)
  const [, kind = '', word, limit] = match ?? []
  if (!match || (!partKinds.some((each) => each === kind) && !/^[^/\s]+\/[^/\s]+$/.test(kind))) {
    const meant = nearestName(kind, partKinds)
    throw new InvalidValue(what, { path: [index], ...(meant !== undefined && { meant }) })
  }
  if (limit === undefined) return { what: kind, upToBytes: word === 'never' ? 0 : Number.POSITIVE_INFINITY }
  try {
    return { what: kind, upToBytes: size.read(limit, { resolve: (path) => path }) }
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error
    throw new InvalidValue(error.message, { path: [index] })
  }
}

function printLimit({ what: kind, upToBytes }: Limit): string {
  if (upToBytes === 0) return `${kind} never`
  if (upToBytes >= Number.MAX_SAFE_INTEGER) return `${kind} always`
  return `${kind} <= ${JSON.parse(size.print(upToBytes))}`
}
