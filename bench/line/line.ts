import type { LineName } from './lines.js'

/** What crossed the line one way. */
export interface WayStats {
  /** Of whole IP packets; where there is only a relay, of TCP payload. */
  readonly bytes: number
  readonly packets: number
  /** TCP payload. */
  readonly payload: number
  /** Payload packets that had been sent before. */
  readonly again: number
  /** Payload bytes of these. */
  readonly twice: number
  /** Bytes that left the sender and never arrived, since the line was cut. */
  readonly unread: number
}

export interface LineStats {
  readonly up: WayStats
  readonly down: WayStats
  readonly turns: number
  readonly depth: number
  readonly connections: number
}

/** The only way between client and server: it counts, and it can be slow and be cut. */
export interface Line {
  /** `ip`: two namespaces and whole packets. `payload`: a relay on loopback, that sees TCP payload only. */
  readonly counts: 'ip' | 'payload'
  /** Where a server binds to be reached over the line. */
  readonly serverHost: string
  /** HOST:PORT at which the client reaches what the server listens on at `port`. */
  dial(port: number): Promise<string>
  /** A command as it is started on one of the two sides. */
  on(side: Side, command: readonly string[]): readonly string[]
  profile(name: LineName): Promise<void>
  reset(): Promise<void>
  stats(): Promise<LineStats>
  /** What had crossed when so much payload had gone down since the reset; `seconds` from the first packet. */
  at(payloadDown: number): Promise<{ readonly up: number; readonly down: number; readonly seconds: number }>
  /** Hangs up: both ends of every connection see a reset, and nothing passes before `mend`. */
  cut(): Promise<void>
  mend(): Promise<void>
  close(): Promise<void>
}

export type Side = 'server' | 'client'
