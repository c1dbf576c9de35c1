/**
 * What a sync needs of whatever carries it: one request stream, one response stream. Tests put themselves
 * between a sync and its link through this interface.
 */
export interface Carrier {
  /**
   * Sends one request and yields the bytes of its answer as they arrive. A short request is passed whole, so
   * that it can go out in one packet; a long one as a stream. Errors: LINK_FAILED, AUTH, WRONG_ENDPOINT.
   */
  exchange(
    request: Uint8Array | AsyncIterable<Uint8Array>,
    signal?: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array>>
  /**
   * How many bytes of text a frame may hold without costing much time when it is cut, as far as the line is
   * known. Connects if that is needed to find out. Errors: as `exchange`.
   */
  frameBytes?(signal?: AbortSignal): Promise<number>
}

/**
 * The port between a client and whatever carries its syncs. Engines: HTTP over TLS (`link/client`), and an in-memory one in tests that can
 * be cut at any byte. Every engine passes `testing/link.ts`.
 */
export interface Link extends Carrier {
  /** Bytes that have crossed each way so far, as far as the carrier can count all that it adds: what the person pays for. */
  readonly stats: { readonly up: number; readonly down: number }
  /** Gives up what was opened for it. What still runs fails with LINK_FAILED, and so does every later exchange. A second time it does nothing. */
  close(): Promise<void>
}

/** What answers on the other side of a link. `device` is who asked, as the link has proved it. */
export type Responder = (
  request: AsyncIterable<Uint8Array>,
  device: DeviceIdentity,
  signal: AbortSignal,
) => AsyncIterable<Uint8Array>

export interface DeviceIdentity {
  readonly account: string
  /** Stable for the life of the pairing. */
  readonly deviceId: string
}
