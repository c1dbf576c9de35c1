import { domainToASCII } from 'node:url'
import type { SubmitEnvelope } from '../replica/submission/submission.js'
import type { NotedEnvelope } from './smtp-session.js'

/** RFC 5321 4.5.3.1.3, with room for what isn't ASCII. */
const maxAddress = 500

/** An address as this server is told it. Undefined for what it can't be told. */
export function asItGoes(address: string, utf8: boolean): string | undefined {
  const trimmed = address.trim()
  if (trimmed === '' || trimmed.length > maxAddress || /[\p{Cc}<>\p{Surrogate}]/u.test(trimmed))
    return undefined
  if (/^[\x20-\x7e]*$/.test(trimmed)) return trimmed
  const at = trimmed.lastIndexOf('@')
  const [local, domain] = [trimmed.slice(0, at), domainToASCII(trimmed.slice(at + 1))]
  if (at > 0 && domain !== '' && /^[\x20-\x7e]*$/.test(local)) return `${local}@${domain}`
  return utf8 ? trimmed : undefined
}

/** RFC 3461 4.4: an envelope id has at most 100 characters as it stands on the line. */
export function dsnOf({ notify, ret, envelopeId }: SubmitEnvelope): NonNullable<NotedEnvelope['dsn']> {
  const id =
    envelopeId !== undefined && /^[\x21-\x7e]{1,33}$|^[\w.@-]{1,100}$/.test(envelopeId) ? envelopeId : null
  // NEVER stands alone (RFC 3461 4.1).
  const asked = notify?.includes('never') ? ['never'] : (notify ?? [])
  return {
    notify: asked.length > 0 ? asked.map((each) => each.toUpperCase()) : null,
    ret: ret === undefined ? null : ret === 'full' ? 'FULL' : 'HDRS',
    envid: id,
  }
}
