import { PacketboatError } from '../../errors/packetboat-error.js'
import { isLive } from '../../replica/messages.js'
import type { MessageRecord } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import type { Reader } from '../../store/database.js'
import { shortName } from '../../told/waiting-parts.js'

/** A message, or a part of it by index, as `packetboat list` and `packetboat waiting` name it: `NAME` or `NAME/N`. */
export interface NamedMessage {
  readonly message: MessageRecord
  readonly part: number | undefined
}

/** Throws NOT_FOUND. */
export async function findMessage(reader: Reader, name: string): Promise<NamedMessage> {
  const found = await seekMessage(reader, name)
  if (!found)
    throw new PacketboatError(
      'NOT_FOUND',
      `There is no message "${name}".`,
      'packetboat list and packetboat search print the names of messages.',
    )
  return found
}

/** Undefined where no message has the name, whatever the name is. */
export async function seekMessage(reader: Reader, name: string): Promise<NamedMessage | undefined> {
  const [, wanted, part] = /^([0-9a-f]{12}|[0-9a-f]{32})(?:\/([1-9]\d{0,5}))?$/i.exec(name) ?? []
  const guid = wanted?.toLowerCase()
  const message = guid === undefined ? undefined : await messageNamed(reader, guid)
  return message && { message, part: part === undefined ? undefined : Number(part) - 1 }
}

async function messageNamed(reader: Reader, name: string): Promise<MessageRecord | undefined> {
  if (name.length > 12) {
    const message = await tables.message.get(reader, name)
    return isLive(message) ? message : undefined
  }
  for await (const { value } of tables.message.list(reader))
    if (shortName(value) === name && isLive(value)) return value
  return undefined
}
