import type { Guid } from '../../replica/model.js'
import { readReplicaRecord } from '../../replica/replica.js'
import type { Reader } from '../../store/database.js'
import type { Evicted } from '../../sync/evict/evict.js'
import { exitCodes } from '../exit-codes.js'
import { actsSince, addLeft, describeLeaving, type GoingUp, type Left, noteGoingUp } from './run-acts.js'
import type { RunAct, RunEntry } from './run-entry.js'
import type { RunLog } from './run-log.js'

/** A run that is stopped looks at no more changes than this: whoever stopped it waits for its end, and the next run tells of them. */
const mostAtStop = 5000

/** Watches one run, to tell what became of messages. It throws nothing while that is at work. */
export class RunWatch {
  readonly #going: GoingUp = new Map()
  #left: Left = { acts: [], more: 0 }
  #told: (Pick<RunEntry, 'acts' | 'more' | 'head'> & { readonly isLater: boolean }) | undefined
  #failed: unknown

  private constructor(
    private readonly reader: Reader,
    private readonly log: RunLog,
    /** Where the change log ended before the run. */
    private readonly head: number,
    private readonly most: number,
  ) {}

  static async begin(reader: Reader, log: RunLog, most = mostAtStop): Promise<RunWatch> {
    return new RunWatch(reader, log, (await readReplicaRecord(reader)).head, most)
  }

  /** The mail store has been looked at: what was done here waits to go up. */
  scanned(): Promise<void> {
    return this.#tried(() => noteGoingUp(this.reader, this.#going))
  }

  /** These are taken off this disk, as far as nothing speaks against it then: `work` says how many went. */
  async leaving(guids: readonly Guid[], work: () => Promise<Evicted>): Promise<Evicted> {
    let acts: ReadonlyMap<Guid, RunAct> = new Map()
    await this.#tried(async () => {
      acts = await describeLeaving(this.reader, guids)
    })
    const evicted = await work()
    if (evicted.gone > 0)
      await this.#tried(async () => {
        this.#left = await addLeft(this.reader, this.#left, acts, evicted.gone)
      })
    return evicted
  }

  /** Called when the run has done everything and forgotten nothing yet. */
  settled(): Promise<void> {
    return this.#tell(Number.POSITIVE_INFINITY)
  }

  #tell(most: number): Promise<void> {
    return this.#tried(async () => {
      const { head } = await readReplicaRecord(this.reader)
      if (head === this.head && this.#going.size === 0 && this.#left.acts.length === 0) return
      // A run that was killed has written nothing: this one tells what that did.
      const since = this.log.read().at(-1)?.head ?? this.head
      const isLater = head - since > most
      const told = await actsSince(this.reader, isLater ? head : since, this.#going, this.#left)
      this.#told = { ...told, head: isLater ? since : head, isLater }
    })
  }

  /** Writes down what has become of messages, if anything has. Throws what has failed on the way; READ_ONLY, DISK_FULL. */
  async end(run: Pick<RunEntry, 'at' | 'link' | 'exit'>): Promise<void> {
    if (!this.#told)
      await this.#tell(run.exit === exitCodes.interrupted ? this.most : Number.POSITIVE_INFINITY)
    if (this.#failed !== undefined) throw this.#failed
    if (!this.#told) return
    const { isLater, ...told } = this.#told
    if (told.acts.length > 0 || isLater) this.log.add({ ...run, ...told })
  }

  async #tried(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.#failed = error
    }
  }
}
