/**
 * `packetboat/testing`: what an engine of one of packetboat's ports has to do, as tests for `node:test`, and what it takes to write such an
 * engine. `storeConformance` needs fast-check beside it.
 */
export { hasCode, PacketboatError } from '../src/errors/packetboat-error.js'
export type { Store } from '../src/store/store.js'
export type { Carrier, Link } from '../src/sync/link.js'
export type { MailStore } from '../src/sync/mail-store.js'
export type { FilledSpool } from '../src/sync/submission/filled-spool.js'
export type { Submitter } from '../src/sync/submission/submitter.js'
export { type Answer, linkConformance } from './link.js'
export { mailStoreConformance, type StoreUnderTest } from './mail-store.js'
export { type SpoolUnderTest, spoolConformance } from './spool.js'
export { type OpenedStore, storeConformance } from './store.js'
export { type SubmitterTraits, type SubmitterUnderTest, submitterConformance } from './submitter.js'
