import type { Line } from '../line/line.js'
import type { LineName } from '../line/lines.js'
import type { Ran } from '../process.js'

/** A synchroniser that can be set up, in its best settings. */
export interface Peer {
  readonly name: string
  /** Which settings, for the report. */
  readonly settings: string
  /** Commands that must be there, and the Debian packages that bring them. */
  readonly needs: Readonly<Record<string, string>>
  /** False where it only copies from server to client. */
  readonly twoWay: boolean
  /** Measured in real time on slow lines too; the others are estimated from bytes and round trips alone. */
  readonly realTime: boolean
  /** Where what takes long is measured; `fast` if not said. One that finds out how quick the line is may want another. */
  readonly longLine?: LineName
  open(place: Place): Promise<Station>
}

/** Where a station is set up. */
export interface Place {
  readonly line: Line
  /** A new folder of its own, that holds `server/Maildir`, the account, and `client`. */
  readonly root: string
}

export interface SyncOptions {
  readonly timeoutMs?: number
  readonly onLine?: (line: string) => void
}

/** One synchroniser, set up on both sides of the line over one account. */
export interface Station {
  readonly peer: Peer
  readonly serverMail: string
  readonly clientMail: string
  /** One sync, from the client's side, as a whole process. */
  sync(options?: SyncOptions): Promise<Ran>
  /** After files were changed behind the programs' backs: does what a delivery agent would have done. */
  changed(side: 'server' | 'client'): Promise<void>
  /** Of the server's processes so far, where they are ours alone. */
  serverCost?(): { readonly cpuSeconds: number; readonly peakBytes: number }
  close(): Promise<void>
}

export const serverMailOf = ({ root }: Place): string => `${root}/server/Maildir`
export const clientMailOf = ({ root }: Place): string => `${root}/client/Maildir`
