/** Who may be the sender: an address, `Ann <ann@example.org>`, or `*@example.org` for every address of a domain. */
export type Identity = string

/** The address in an identity, without its name. */
export function addressOfIdentity(identity: Identity): string {
  return (/<([^<>]*)>\s*$/.exec(identity)?.[1] ?? identity).trim()
}

/** The first that is a person's own address and not a whole domain. */
export function firstIdentity(identities: readonly Identity[]): Identity | undefined {
  return identities.find((each) => !addressOfIdentity(each).startsWith('*@'))
}

/**
 * Whether one of the identities is this address. Case makes no difference, not even before the @: no server
 * in use distinguishes it there. A domain may be written in Unicode or in its ASCII form (RFC 5891).
 */
export function coversAddress(identities: readonly Identity[], address: string): boolean {
  const wanted = comparable(address)
  if (wanted === undefined) return false
  return identities.some((each) => {
    const own = comparable(addressOfIdentity(each))
    return (
      own !== undefined && own.domain === wanted.domain && (own.local === '*' || own.local === wanted.local)
    )
  })
}

/** RFC 5321 4.1.2, widely: what has more in it than one name, such as another address, is no name before an @. */
const localPart = /^(?:[^\s\p{Cc}<>,;:()@"\\]+|"[^"\\\p{Cc}]+")$/u

function comparable(address: string): { readonly local: string; readonly domain: string } | undefined {
  const at = address.lastIndexOf('@')
  if (at < 1 || !localPart.test(address.slice(0, at))) return undefined
  return { local: address.slice(0, at).toLowerCase(), domain: asciiDomain(address.slice(at + 1)) }
}

/** Whatever else a URL takes for a part of a host is none of a mail domain. */
function asciiDomain(domain: string): string {
  if (/[/?#@:\\%\s[\]]/.test(domain)) return domain.toLowerCase()
  try {
    return new URL(`http://${domain}`).hostname
  } catch {
    return domain.toLowerCase()
  }
}
