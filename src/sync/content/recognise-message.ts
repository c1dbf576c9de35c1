import { equalBytes } from '../../bytes/concat.js'
import { parseEnvelope } from '../../mime/headers/envelope.js'
import { decodeEnvelope, encodeEnvelope } from '../../mime/headers/envelope-codec.js'
import { listedAlike } from '../../mime/headers/listed-envelope.js'
import { getContent } from '../../replica/content/contents.js'
import { getMessage } from '../../replica/messages.js'
import type { Guid } from '../../replica/model.js'
import { type FileRecord, wholeFile } from '../../replica/records.js'
import type { Reader } from '../../store/database.js'
import type { IsIt } from '../mail-store.js'

/**
 * Gives a mail store the means to check, before it changes what stands at a locator, that it is still the
 * intended message: by its Message-ID or, if it has none, by what a list shows of it. Undefined for a
 * stand-in, and until the header is known.
 */
export async function isItOf(
  reader: Reader,
  guid: Guid,
  { shown }: Pick<FileRecord, 'shown'>,
): Promise<IsIt | undefined> {
  const message = shown === wholeFile ? await getMessage(reader, guid) : undefined
  const known = (message && (await getContent(reader, message.content)))?.envelope
  if (!known) return undefined
  const { messageId } = decodeEnvelope(known)
  return (header) => {
    const there = parseEnvelope(header)
    if (messageId !== undefined && there.messageId !== undefined) return messageId === there.messageId
    const encoded = encodeEnvelope(there)
    return equalBytes(encoded, known) || listedAlike(encoded, known)
  }
}
