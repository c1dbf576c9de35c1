import assert from 'node:assert/strict'
import { test } from 'node:test'
import { choicesOf } from '../../../src/cli/waiting/pick-parts.js'
import { estimate } from '../../../src/link/profile/estimate.js'
import type { WaitingPart, WaitingState } from '../../../src/told/waiting-parts.js'

const part = (
  name: string,
  type: string,
  sizeBytes: number,
  state: WaitingState,
  more: Partial<WaitingPart> = {},
): WaitingPart => ({
  name,
  part: 0,
  tier: 3,
  cold: false,
  structure: false,
  type,
  fileName: undefined,
  sizeBytes,
  heldBytes: 0,
  state,
  ...more,
})

test('each thing to pick says what it takes, and small things are one line for all', () => {
  const price = { amount: 1, currency: 'USD', per: 'time', quantity: 60_000 } as const
  const profile = {
    name: 'slow',
    interfaces: [],
    rate: 8000,
    rateUp: 8000,
    latencyMs: undefined,
    price,
    billingStep: undefined,
    limitRate: undefined,
    connectTimeoutMs: 1,
    stallTimeoutMs: 1,
    giveUpAfterMs: 1,
  }
  const waiting = [
    {
      envelope: { from: [{ name: 'Ann', address: 'ann@example.org' }], subject: 'Plan' },
      parts: [
        part('a/2', 'image/png', 120_000, 'deferred', { fileName: 'plan.png', heldBytes: 60_000 }),
        part('a/3', 'text/html', 8000, 'coming'),
        part('a/4', 'text/calendar', 300, 'deferred'),
      ],
    },
    { envelope: { from: [] }, parts: [part('b/2', 'text/html', 47, 'coming')] },
    {
      envelope: { from: [], subject: 'Page' },
      parts: [part('c/2', 'text/html', 30_000, 'wanted', { fileName: 'page.html' })],
    },
  ]
  const { lines, partsOf } = choicesOf(waiting, (bytes) => estimate(0, bytes, profile, undefined))
  assert.deepEqual(lines, [
    { heading: 'Ann: Plan' },
    { value: 'a/2', name: '60 kB, 60 s, 1.00 USD, 60 kB here  plan.png (image/png)', checked: false },
    { heading: '(nobody): Page' },
    { value: 'c/2', name: '30 kB, 30 s, 0.50 USD  page.html (text/html)', checked: true },
    { heading: 'Parts under 2.0 kB, and HTML versions of texts:' },
    { value: 'small true', name: '8.0 kB, 8 s, 0.13 USD  2 parts', checked: true },
    { value: 'small false', name: '300 B, <1 s, 0.0050 USD  1 part', checked: false },
  ])
  const named = Object.fromEntries(
    [...partsOf].map(([value, parts]) => [value, parts.map(({ name }) => name)]),
  )
  assert.deepEqual(named, {
    'a/2': ['a/2'],
    'c/2': ['c/2'],
    'small true': ['a/3', 'b/2'],
    'small false': ['a/4'],
  })
})
