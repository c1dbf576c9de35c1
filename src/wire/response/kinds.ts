/** What the responder sends, frame by frame: docs/PROTOCOL.md "Response". Each frame is a pair of pure functions in a file of this folder. */

export const responseKinds = {
  accept: 1,
  structure: 2,
  open: 3,
  changes: 4,
  list: 5,
  links: 6,
  skeleton: 7,
  chunk: 8,
  end: 9,
  working: 10,
  primer: 11,
  forecast: 12,
  totals: 13,
  recipients: 14,
  refusal: 15,
  hits: 24,
  vouched: 25,
  gist: 26,
} as const
