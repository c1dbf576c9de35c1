/**
 * Names that have a short number on the wire. Part of the protocol: add at the end, never change or remove.
 * Number 0 means that the name itself follows.
 */
const mediaTypes = [
  'text/plain',
  'text/html',
  'multipart/alternative',
  'multipart/mixed',
  'multipart/related',
  'multipart/signed',
  'multipart/report',
  'multipart/encrypted',
  'multipart/digest',
  'application/pdf',
  'image/jpeg',
  'image/png',
  'image/gif',
  'application/octet-stream',
  'application/pgp-signature',
  'application/pkcs7-signature',
  'text/calendar',
  'message/delivery-status',
  'text/rfc822-headers',
  'message/disposition-notification',
  'application/zip',
  'application/gzip',
  'application/msword',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  'application/vnd.ms-excel',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  'application/vnd.ms-powerpoint',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  'application/vnd.oasis.opendocument.text',
  'application/vnd.oasis.opendocument.spreadsheet',
  'application/ics',
  'application/ms-tnef',
  'application/pgp-encrypted',
  'application/pgp-keys',
  'application/x-pkcs7-signature',
  'application/pkcs7-mime',
  'application/x-pkcs7-mime',
  'application/rtf',
  'application/json',
  'text/csv',
  'text/x-patch',
  'text/x-diff',
  'text/vcard',
  'text/x-vcard',
  'text/enriched',
  'text/markdown',
  'text/xml',
  'application/xml',
  'image/webp',
  'image/heic',
  'image/svg+xml',
  'image/tiff',
  'image/bmp',
  'audio/mpeg',
  'audio/ogg',
  'audio/wav',
  'audio/amr',
  'video/mp4',
  'video/quicktime',
  'message/rfc822',
  'message/global',
  'message/partial',
  'multipart/appledouble',
  'text/x-amp-html',
]

const charsets = [
  'utf-8',
  'us-ascii',
  'iso-8859-1',
  'iso-8859-15',
  'windows-1252',
  'iso-8859-2',
  'windows-1250',
  'windows-1251',
  'koi8-r',
  'iso-2022-jp',
  'gb2312',
  'gbk',
  'gb18030',
  'big5',
  'euc-kr',
  'shift_jis',
  'iso-8859-9',
  'windows-1256',
  'windows-1255',
  'iso-8859-7',
  'utf8',
]

/** A fixed list of names and their numbers. */
export interface KnownNames {
  /** 0 for a name that isn't in the list. */
  numberOf(name: string): number
  /** Undefined for 0 and for a number beyond the list. */
  nameOf(number: number): string | undefined
}

function knownNames(names: readonly string[]): KnownNames {
  const numbers = new Map(names.map((name, i) => [name, i + 1]))
  return { numberOf: (name) => numbers.get(name) ?? 0, nameOf: (number) => names[number - 1] }
}

export const knownMediaTypes = knownNames(mediaTypes)
export const knownCharsets = knownNames(charsets)
