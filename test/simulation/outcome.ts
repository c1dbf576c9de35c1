import type { Side } from '../world/side.js'

/** What a run of a script came to. */
export interface SimulationReport {
  readonly operations: number
  readonly syncs: number
  readonly cuts: number
  readonly crashes: number
  readonly faults: number
  /** Databases lost, restored, devices declared lost, numberings rebuilt. */
  readonly losses: number
  readonly conflicts: number
  /** Appearances of a mail beyond those that people made. */
  readonly duplicates: number
  /** Stand-ins for bytes that a person removed everywhere else. */
  readonly orphans: number
  /** Things that went wrong with a mail store. */
  readonly ailments: number
  /** Files that somebody wrote other bytes into. */
  readonly rewritten: number
  /** Messages that left a disk to make room. */
  readonly evicted: number
  /** Mail that was handed in to be sent. */
  readonly mails: number
}

export class SimulationFailure extends Error {
  constructor(
    readonly what: string,
    /** What happened, in order. */
    readonly log: readonly string[],
    /** As they stood when it failed. */
    readonly sides: readonly Side[],
  ) {
    super(what)
  }
}
