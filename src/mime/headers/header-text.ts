import { decodeWords } from 'postal-mime'
import { decodeHeaderBytes } from '../encodings/charset.js'
import { fieldText, headerFields } from './header-fields.js'

/** A header field as a person reads it: unfolded, encoded words (RFC 2047) decoded. */
export interface FieldText {
  /** As the header writes it; '' for a line that is no field. */
  readonly name: string
  readonly value: string
}

/** All fields of a header in order. Never throws. */
export function headerTexts(header: Uint8Array): FieldText[] {
  return [...headerFields(header)].map((field) => {
    const name = decodeHeaderBytes(header.subarray(field.start, field.valueStart)).replace(/\s*:$/, '')
    return {
      name: field.name === '' ? '' : name,
      value: decodeWords(fieldText(header, field, field.end - field.valueStart)).replace(/\s+/g, ' '),
    }
  })
}
