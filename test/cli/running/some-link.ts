/** A link of which nothing is known. */
export const someLink = {
  name: 'default',
  interfaces: [],
  rate: undefined,
  rateUp: undefined,
  latencyMs: undefined,
  price: undefined,
  billingStep: undefined,
  limitRate: undefined,
  connectTimeoutMs: 1,
  stallTimeoutMs: 1,
  giveUpAfterMs: 1,
}
