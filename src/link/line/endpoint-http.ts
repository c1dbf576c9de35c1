/** What both sides of the HTTP link agree on. docs/PROTOCOL.md says the same for other implementations. */

/** The path of all exchanges, after a reverse proxy's prefix. */
export const exchangePath = '/v1/exchange'

/** Where a browser trades the token of a link for a cookie. */
export const pairPath = '/v1/pair'

/** In every answer of an endpoint, so that a client can tell it from a web server; short, as it goes with each answer. In what a browser sends, so that no other site's page can. */
export const markerHeader = 'packetboat'

/** The version of the transport in that header. */
export const markerVersion = '1'

/** In the answer to a device that asks whose mail it leads to: the version of the frames that the endpoint speaks. */
export const framesHeader = 'frames'

/**
 * A request header for a device that keeps its line under a cap: bits a second that the answer may take. The
 * device could only read slowly; the hundreds of kilobytes that the kernels buffer would still come at the
 * line's own rate.
 */
export const rateHeader = 'rate'

/** Output that comes together goes out together, up to so many bytes. */
export const batchBytes = 16384

/** How long small output may wait for more, ms: nothing on the lines this is made for. */
export const batchWaitMs = 10

/** The same for an answer's first output: when it turns out to be all, its length can be told, which saves 60 bytes. */
export const firstBatchWaitMs = 50

/** The same for a request, for which nobody waits yet: in one piece it saves two packets, which take as long on a slow line. */
export const requestWaitMs = 250

/**
 * An endpoint that has nothing to answer yet sends 102 (Processing, RFC 2518 10.1) after this many silent
 * milliseconds. A client can't see its upload progress: the kernel takes the bytes at once and sends them for
 * half an hour.
 */
export const heartbeatMs = 45_000

/** RFC 4918 11.5: the endpoint's mail store can't take anything now. */
export const insufficientStorage = 507
