import { Readable, type Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SubmitMail } from '../sync/submission/submitter.js'

/** What has been written and not sent, bytes; undefined where that isn't known. */
type Line = Pick<Writable, 'writableLength' | 'destroyed'>

/** How often it is looked whether the line has taken everything, ms. */
const lookMs = 5

/**
 * The bytes of a message on their way to a server. It ends, so that the final dot is written, only once the
 * line has taken everything before it: until `whole`, the server can't have the message.
 */
export class SentBody extends Readable {
  /** The server has said that it may come. */
  begun = false
  /** Whether everything but the final dot has been sent. */
  whole = false
  private chunks: AsyncIterator<Uint8Array> | undefined
  private into: (Line & Pick<Readable, 'readableLength'>) | undefined
  private line: () => Line | undefined = () => undefined
  private size = 0

  constructor(
    private readonly mail: SubmitMail,
    private readonly begins: () => void,
  ) {
    super({ highWaterMark: 65_536 })
  }

  get mailBytes(): number {
    return this.mail.sizeBytes
  }

  /** The line that it will be written to. */
  over(line: () => Line | undefined): void {
    this.line = line
  }

  override pipe<T extends NodeJS.WritableStream>(into: T, options?: { end?: boolean }): T {
    this.begun = true
    this.begins()
    this.into = into as unknown as NonNullable<typeof this.into>
    return super.pipe(into, options)
  }

  override _read(): void {
    this.next().then(
      (chunk) => this.push(chunk),
      (error) => this.destroy(error),
    )
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    void this.chunks?.return?.()
    done(error)
  }

  private async next(): Promise<Uint8Array | null> {
    this.chunks ??= this.mail.read()[Symbol.asyncIterator]()
    for (;;) {
      const { value, done } = await this.chunks.next()
      if (done) break
      this.size += value.length
      if (value.length > 0) return value
    }
    if (this.size !== this.mail.sizeBytes) throw new Error('The message has changed while it was read.')
    while (!this.destroyed && this.isOnItsWay()) await sleep(lookMs)
    if (this.destroyed || this.line()?.destroyed) throw new Error('The line broke.')
    this.whole = true
    return null
  }

  private isOnItsWay(): boolean {
    const { into } = this
    const line = this.line()
    if (!into || line?.destroyed) return false
    return this.readableLength + into.writableLength + into.readableLength + (line?.writableLength ?? 0) > 0
  }
}
