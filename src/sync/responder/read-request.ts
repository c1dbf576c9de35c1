import { type Bundled, unbundle } from '../../wire/bundle.js'
import { mixCodec } from '../../wire/compression/mix/mix.js'
import type { Frame } from '../../wire/frame.js'
import { createFrameDecoder, type FrameDecoder } from '../../wire/frame-decoder.js'
import { decodeHello, requestKinds } from '../../wire/request-frames.js'
import { protocolError } from '../../wire/values.js'
import type { Account } from '../account.js'
import { Inflation } from '../frames/inflation.js'
import { MixWork } from '../mix-work.js'
import { yieldToOthers } from '../yield-event-loop.js'
import { primerBytes, type Reading, type Request, takeFrame, takeHello, takeTorn } from './request.js'

/** Bytes that are unpacked before others get their turn: a few bytes on the line can become many. */
const turnBytes = 32 * 1024

/** Reads a request up to its own end, whether or not what carries it has one. */
export async function readRequest(
  account: Account,
  request: AsyncIterable<Uint8Array>,
  { signal, pairing }: { readonly signal: AbortSignal; readonly pairing?: string },
): Promise<Request> {
  const reader = new RequestReader(account, signal, pairing)
  try {
    for await (const bytes of request) {
      signal.throwIfAborted()
      if (await reader.takeBytes(bytes)) break
    }
  } catch (error) {
    await reader.keepTorn()
    throw error
  } finally {
    reader.close()
  }
  return reader.finish()
}

/** A request as it comes off the line. */
class RequestReader {
  private readonly decoder: FrameDecoder
  private readonly inflation = new Inflation()
  private readonly mixWork: MixWork
  private leaveRoom: (() => void) | undefined
  private read: Reading | undefined
  /** What follows was compressed with a primer that isn't here. */
  private unprimed = false
  private ended = false
  private unpackedBytes = 0

  constructor(
    private readonly account: Account,
    private readonly signal: AbortSignal,
    private readonly pairing: string | undefined,
  ) {
    this.decoder = createFrameDecoder(account)
    this.mixWork = account.mixWork ?? new MixWork()
  }

  /** Takes the frames that have become whole with these bytes. Returns whether no more is to be read. */
  async takeBytes(bytes: Uint8Array): Promise<boolean> {
    this.decoder.push(bytes)
    for (let frame = await this.next(); frame; frame = this.isDone ? undefined : await this.next())
      await this.take(frame)
    return this.isDone
  }

  /** What came of the chunk in which the line broke. */
  async keepTorn(): Promise<void> {
    const torn = this.decoder.torn()
    if (this.read && torn?.kind === requestKinds.chunk) await takeTorn(this.read, torn.payloadPrefix)
  }

  close(): void {
    this.leaveRoom?.()
  }

  /** Throws PROTOCOL when it is no whole request. */
  finish(): Request {
    if (!this.read) throw protocolError('an empty request')
    if (!this.isDone)
      throw protocolError(
        this.decoder.unfinished() ? 'a request that ends inside a frame' : 'a request without its end',
      )
    const { wants, ...read } = this.read
    const { hello, refused, lost, needsShore, shoreWindows, entries, questions, vouch, refusal } = read
    const said = { entries, wants: wants.all(), questions, vouch }
    return { hello, refused, lost, needsShore, shoreWindows, ...said, refusal }
  }

  private get isDone(): boolean {
    return this.ended || this.read?.isFull === true
  }

  private async next(): Promise<Frame | undefined> {
    if (this.decoder.codec() === mixCodec.id) this.leaveRoom ??= await this.mixWork.waitForRoom(this.signal)
    return this.mixWork.run(this.decoder.reading())
  }

  private async take(frame: Frame): Promise<void> {
    this.ended = this.read !== undefined && frame.kind === requestKinds.end
    // What can't be read any more still has to leave the line.
    if (this.ended || this.unprimed) return
    this.inflation.count(frame)
    await this.giveTurns(frame.payload.length)
    if (frame.kind === requestKinds.primer && this.read) return this.prime(frame.payload, this.read)
    for (const part of unbundle(frame)) if (!this.read?.isFull) await this.takePart(part)
    this.ended = this.read !== undefined && !this.read.hello.more
  }

  private async giveTurns(bytes: number): Promise<void> {
    this.unpackedBytes += bytes
    if (this.unpackedBytes <= turnBytes) return
    await yieldToOthers()
    this.unpackedBytes = 0
  }

  private async prime(payload: Uint8Array, { hello }: Reading): Promise<void> {
    const bytes = await primerBytes(this.account, payload, hello)
    this.unprimed = bytes === undefined
    if (bytes) await this.mixWork.run(this.decoder.priming(bytes))
    else this.decoder.skim()
  }

  private async takePart(part: Bundled): Promise<void> {
    const { account, read } = this
    if (read?.hello.more) return takeFrame(account, read, part, this.signal)
    if (read) throw protocolError('frames behind a hello that said to be all')
    if (part.kind !== requestKinds.hello) throw protocolError('a request that does not begin with a hello')
    this.read = await takeHello(account, decodeHello(part.payload), this.pairing)
  }
}
