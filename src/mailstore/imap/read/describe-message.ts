import { type MailboxPath, pathText } from '../../../replica/model.js'
import { messageGone } from '../../message-errors.js'
import { parseLocator, printLocator } from '../names/locator.js'
import type { ImapConnection } from '../session/imap-connection.js'
import { type ImapNode, isList, textOf } from '../session/imap-response.js'
import { atom } from '../session/imap-session.js'
import { internalDateOf } from './message-flags.js'

/** What the server keeps apart from a message's bytes (ENVELOPE, RFC 9051 7.5.2), and may give though it can't give those. */
export async function describeMessage(
  connection: ImapConnection,
  path: MailboxPath,
  locator: string,
): Promise<{ readonly header: Uint8Array; readonly internalDateMs?: number }> {
  const place = parseLocator(locator)
  const about = {
    what: `asking what message ${place.uid} in ${pathText(path)} is`,
    concern: 'message',
  } as const
  return connection.run(
    async (session) => {
      const { uidValidity } = await session.select(path)
      if (uidValidity !== place.uidValidity) throw messageGone(printLocator(place))
      let given: ReadonlyMap<string, ImapNode> = new Map()
      const items = [atom('UID'), atom('ENVELOPE'), atom('INTERNALDATE')]
      await session.fetch(String(place.uid), items, (uid, its) => {
        if (uid === place.uid) given = its
      })
      const internalDateMs = internalDateOf(given)
      const header = new TextEncoder().encode(headerOf(given.get('ENVELOPE')))
      return { header, ...(internalDateMs !== undefined && { internalDateMs }) }
    },
    { again: false, about },
  )
}

/** More people than this aren't listed. */
const mostPeople = 100

function headerOf(envelope: ImapNode | undefined): string {
  if (!isList(envelope)) return ''
  const [date, subject, from, , , to, cc, , inReplyTo] = envelope
  const fields: readonly (readonly [string, string | undefined])[] = [
    ['Date', textOf(date)],
    ['Subject', textOf(subject)],
    ['From', peopleOf(from)],
    ['To', peopleOf(to)],
    ['Cc', peopleOf(cc)],
    ['In-Reply-To', textOf(inReplyTo)],
  ]
  return fields.map(([name, text]) => (text ? `${name}: ${oneLine(text)}\r\n` : '')).join('')
}

/** Groups begin and end with an address that has no host: left out. */
function peopleOf(list: ImapNode | undefined): string {
  if (!isList(list)) return ''
  const people = list.slice(0, mostPeople).flatMap((person) => {
    if (!isList(person)) return []
    const [name, local, host] = [person[0], person[2], person[3]].map(textOf)
    if (!local || !host) return []
    // Within quotes an encoded word isn't decoded (RFC 2047 5).
    const shown = name?.includes('=?') ? name : name && `"${name.replace(/[\\"]/g, '\\$&')}"`
    return [shown ? `${shown} <${local}@${host}>` : `${local}@${host}`]
  })
  return people.join(', ')
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ')
