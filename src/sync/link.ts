/**
 * The port between a sync and whatever carries it: one request stream, one response stream. Engines: HTTP over TLS
 * (`link/`), and an in-memory one in tests that can be cut at any byte.
 */
export interface Link {
  /**
   * Sends one request and gives the answer's bytes as they come. A short request is handed over whole, so that it
   * can go out in one packet; a long one as a stream. Errors: LINK_FAILED, AUTH, WRONG_ENDPOINT.
   */
  exchange(
    request: Uint8Array | AsyncIterable<Uint8Array>,
    signal?: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array>>
  /**
   * Bytes of text that a frame may hold without costing much time when it is cut, as far as the line is known. It connects for that when it
   * must. Errors: as `exchange`.
   */
  frameBytes?(signal?: AbortSignal): Promise<number>
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
