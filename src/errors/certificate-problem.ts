/** Node's names for what X509_verify_cert found wrong with a server's certificate, in words behind it. */
export const certificateProblems: ReadonlyMap<string, string> = new Map([
  ['CERT_HAS_EXPIRED', 'has expired'],
  ['CERT_NOT_YET_VALID', 'is not valid yet'],
  ['CERT_REVOKED', 'was revoked'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'is self-signed'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'is signed by an authority that is not known here'],
  ['UNABLE_TO_GET_ISSUER_CERT', 'is signed by an authority that is not known here'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'is signed by an authority that is not known here'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'is signed by an authority that is not known here'],
  ['CERT_UNTRUSTED', 'is not trusted'],
  ['CERT_CHAIN_TOO_LONG', 'has too long a chain'],
  ['CERT_SIGNATURE_FAILURE', 'has an invalid signature'],
  ['INVALID_CA', 'is signed by a certificate that may not sign others'],
  ['INVALID_PURPOSE', 'is not meant for a server'],
  ['HOSTNAME_MISMATCH', 'is for another host'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'is for another host'],
])
