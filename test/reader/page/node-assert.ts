// What programs that run in a browser get for `node:assert/strict`: so much of it as suites of ports use.

type Expected = RegExp | ((error: unknown) => boolean)

function fail(message: string): never {
  throw new Error(message)
}

function show(value: unknown): string {
  const text = value instanceof Uint8Array ? `bytes ${value}` : (JSON.stringify(value) ?? `${value}`)
  return text.slice(0, 500)
}

function ok(value: unknown, message = 'not true'): asserts value {
  if (!value) fail(message)
}

function equal(found: unknown, expected: unknown, message = ''): void {
  if (!Object.is(found, expected)) fail(`${message} ${show(found)} is not ${show(expected)}`)
}

function notEqual(found: unknown, other: unknown): void {
  if (Object.is(found, other)) fail(`it is ${show(found)}`)
}

function deepEqual(found: unknown, expected: unknown): void {
  if (!isDeepEqual(found, expected)) fail(`${show(found)} is not ${show(expected)}`)
}

async function rejects(work: Promise<unknown>, expected: Expected): Promise<void> {
  let rejection: { readonly error: unknown } | undefined
  await work.catch((error) => {
    rejection = { error }
  })
  if (!rejection) fail('it was done')
  const { error } = rejection
  if (!(expected instanceof RegExp ? expected.test(`${error}`) : expected(error)))
    fail(`it was refused with ${error instanceof Error ? error.stack : error}`)
}

function isDeepEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (a.constructor !== b.constructor) return false
  if (a instanceof Map || a instanceof Set) return isDeepEqual([...a], [...(b as typeof a)])
  const names = Object.keys(a)
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => name in b && isDeepEqual(a[name as never], b[name as never]))
  )
}

export default { ok, equal, notEqual, deepEqual, rejects }
