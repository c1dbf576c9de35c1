import type { OddArgument } from './odd-imap-commands.js'
import type { OddMessage } from './odd-imap-server.js'

/** The messages that fit search keys (RFC 3501 6.4.4, as far as it is used), compared byte by byte but for the case. */
export function fitting(
  keys: readonly OddArgument[],
  messages: readonly OddMessage[],
  named: (uids: string) => readonly OddMessage[],
): readonly OddMessage[] {
  const words = keys.filter((each) => typeof each === 'string')
  if (words[0] === 'CHARSET') words.splice(0, 2)
  let found = messages
  while (words.length > 0) {
    const some = takeKey(words, messages, named)
    found = found.filter((each) => some.includes(each))
  }
  return found
}

function takeKey(
  words: string[],
  messages: readonly OddMessage[],
  named: (uids: string) => readonly OddMessage[],
): readonly OddMessage[] {
  const key = (words.shift() ?? '').toUpperCase()
  const dayOf = ({ date = '' }: OddMessage): number => Date.parse(date.slice(1, 12).replaceAll('-', ' '))
  const day = (): number => Date.parse((words.shift() ?? '').replaceAll('-', ' '))
  const withText = (textOf: (bytes: string) => string): readonly OddMessage[] => {
    const text = (words.shift() ?? '').toLowerCase()
    return messages.filter(({ bytes }) => textOf(bytes).toLowerCase().includes(text))
  }
  switch (key) {
    case 'ALL':
      return messages
    case 'UID':
      return named(words.shift() ?? '')
    case 'DELETED':
      return messages.filter(({ flags }) => flags.includes('\\Deleted'))
    case 'OR': {
      const either = takeKey(words, messages, named)
      const other = takeKey(words, messages, named)
      return messages.filter((each) => either.includes(each) || other.includes(each))
    }
    case 'SINCE': {
      const from = day()
      return messages.filter((each) => dayOf(each) >= from)
    }
    case 'BEFORE': {
      const to = day()
      return messages.filter((each) => dayOf(each) < to)
    }
    case 'TEXT':
      return withText((bytes) => bytes)
    case 'FROM':
    case 'TO':
    case 'CC':
    case 'SUBJECT':
      return withText((bytes) => new RegExp(`^${key}: (.*)$`, 'im').exec(bytes)?.[1] ?? '')
    default: {
      const [from = 0, to = from] = key.split(':').map(Number)
      return messages.filter((_, at) => at + 1 >= from && at + 1 <= to)
    }
  }
}
