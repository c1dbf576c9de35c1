import type { Draft } from '../port.js'
import { percentDecoded } from './percent-decoded.js'

/**
 * What a `mailto:` address asks to be written (RFC 6068 2): recipients, subject and text. Ignores other
 * fields, since a link must not choose who gets a hidden copy, or what else stands in a header. Undefined for
 * any other address.
 */
export function readMailto(href: string): Pick<Draft, 'to' | 'cc' | 'subject' | 'text'> | undefined {
  if (!URL.canParse(href)) return undefined
  const { protocol, pathname, search } = new URL(href)
  if (protocol !== 'mailto:') return undefined
  const fields = search.slice(1).split('&').map(readField)
  const valuesOf = (name: string): string[] =>
    fields.filter((field) => field.name === name).map(({ value }) => value)
  const oneLine = (values: readonly string[]): string =>
    values
      .map((value) => value.replace(/\s+/gu, ' ').trim())
      .filter((value) => value !== '')
      .join(', ')
  return {
    to: oneLine([decoded(pathname), ...valuesOf('to')]),
    cc: oneLine(valuesOf('cc')),
    subject: oneLine(valuesOf('subject').slice(0, 1)),
    text: valuesOf('body').join('\n').replaceAll('\r\n', '\n'),
  }
}

function readField(text: string): { readonly name: string; readonly value: string } {
  const [name = '', ...rest] = text.split('=')
  return { name: decoded(name).toLowerCase(), value: decoded(rest.join('=')) }
}

/** A plus sign is a plus sign here. What isn't encoded well stands as it was written. */
const decoded = (text: string): string => percentDecoded(text) ?? text
