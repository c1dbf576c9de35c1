import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

interface Package {
  readonly engines?: { readonly node?: string }
}

const read = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'))
const numbersOf = (version: string): number[] => version.split('.').map(Number)

/** Whether this version is in one of the ranges, as npm reads them, of which packages here use these: `>=`, `^` and bare versions. */
function admits(ranges: string, version: readonly number[]): boolean {
  return ranges.split('||').some((range) => {
    const [, operator, from = ''] = /^\s*(>=|\^|)\s*([\d.]+)/.exec(range) ?? []
    const wanted = numbersOf(from)
    if (operator !== '>=' && wanted[0] !== version[0]) return false
    const i = wanted.findIndex((number, at) => number !== (version[at] ?? 0))
    return i < 0 || (wanted[i] ?? 0) < (version[i] ?? 0)
  })
}

test('npm install has nothing to warn of on the oldest Node that packetboat is for', () => {
  const { engines } = read('package.json') as Package
  const oldest = numbersOf((engines?.node ?? '').replace('>=', ''))
  assert.equal(oldest.length, 2)
  const { packages } = read('package-lock.json') as { packages: Readonly<Record<string, Package>> }
  const newer = Object.entries(packages)
    .map(([name, each]) => [name, each.engines?.node ?? '>=0'] as const)
    .filter(([, node]) => !admits(node, oldest))
  assert.deepEqual(newer, [])
})
