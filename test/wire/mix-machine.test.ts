import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { makeMail } from '../../fixtures/make-mail.js'
import { oddMail } from '../../fixtures/odd-mail.js'
import { compileMachine, machineFile, machineText } from '../../scripts/build/compile-machine.js'
import { shippedDictionary } from '../../src/wire/compression/dictionary.js'
import { type Machine, MixMachine, openMachine } from '../../src/wire/compression/mix/machine.js'
import { machineBytes } from '../../src/wire/compression/mix/machine-bytes.js'
import { program } from '../../src/wire/compression/mix/program.js'
import { ReferenceMachine } from '../../src/wire/compression/mix/reference/reference-machine.js'
import { noise, prose, seed, utf8 } from './zstd-world.js'

const acts = fc.oneof(
  fc.record({ what: fc.constantFrom('look', 'learn'), bytes: fc.uint8Array({ maxLength: 300 }) }),
  fc.record({
    what: fc.constantFrom('look', 'learn', 'write', 'write', 'read'),
    bytes: fc.tuple(fc.nat(2500), fc.nat(3)).map(([size, from]) => prose(size, from)),
  }),
  fc.record({
    what: fc.constantFrom('write', 'read'),
    bytes: fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc.string({ unit: 'grapheme', maxLength: 200 }).map(utf8),
      fc.nat(600).map((size) => new Uint8Array(size).fill(255)),
      fc.nat(2000).map((size) => new Uint8Array(size)),
    ),
  }),
)

/** All that a machine says to such acts. Payloads go in parts of `partBytes`. */
function said(machine: Machine, row: readonly { what: string; bytes: Uint8Array }[], partBytes: number) {
  return row.map(({ what, bytes }) => {
    if (what === 'look') return machine.look(bytes)
    if (what === 'learn') return machine.learn(bytes)
    // What is read is what anybody sent, and as long again as it may be: a model never says that it can't be.
    const payload = what === 'write' ? bytes : new Uint8Array(bytes.length * 2)
    if (what === 'write') machine.beginWriting(payload.length)
    else machine.beginReading(bytes)
    for (let at = 0; at < payload.length; at += partBytes) {
      const part = payload.subarray(at, at + partBytes)
      if (what === 'write') machine.write(part)
      else machine.read(part)
    }
    return what === 'write' ? machine.endWriting() : payload
  })
}

describe('the program of codec 2', () => {
  it('is what its sources come to', async () => {
    assert.equal(readFileSync(machineFile, 'utf8'), machineText(await compileMachine()), 'npm run machine')
  })

  it('says what the reference says, whatever is learned, coded or decoded', () => {
    fc.assert(
      fc.property(fc.array(acts, { maxLength: 6 }), fc.integer({ min: 1, max: 900 }), (row, partBytes) => {
        assert.deepEqual(said(new MixMachine(), row, partBytes), said(new ReferenceMachine(), row, 5000))
      }),
      { seed, numRuns: 25 },
    )
  })

  it('says what the reference says after a look at nothing, in the middle of what came before', () => {
    const text = prose(900, 1)
    const row = [
      { what: 'learn', bytes: Uint8Array.from([...text, ...text.subarray(0, 200)]) },
      { what: 'look', bytes: new Uint8Array() },
      { what: 'write', bytes: text.subarray(200) },
    ]
    assert.deepEqual(said(new MixMachine(), row, 900), said(new ReferenceMachine(), row, 900))
  })

  it('gives way to the reference where WebAssembly can have no memory', (test) => {
    const row = [
      { what: 'learn', bytes: prose(500, 1) },
      { what: 'write', bytes: prose(900, 2) },
    ]
    const fast = openMachine()
    assert.ok(fast instanceof MixMachine)
    test.mock.method(WebAssembly, 'Instance', () => {
      throw new RangeError('WebAssembly.Instance(): Out of memory')
    })
    const slow = openMachine()
    assert.ok(slow instanceof ReferenceMachine)
    assert.deepEqual(said(slow, row, 400), said(fast, row, 400))
  })

  it('gives way to it also where there is no WebAssembly at all', (test) => {
    const kept = Object.getOwnPropertyDescriptor(globalThis, 'WebAssembly')
    assert.ok(kept)
    test.after(() => Object.defineProperty(globalThis, 'WebAssembly', kept))
    Reflect.deleteProperty(globalThis, 'WebAssembly')
    assert.ok(openMachine() instanceof ReferenceMachine)
  })

  it('says what the reference says about mail', () => {
    const row = makeMail({ seed: 5, messages: 12 }).map(({ bytes }) => ({
      what: 'write',
      bytes: bytes.subarray(0, 6000),
    }))
    row.unshift({ what: 'look', bytes: prose(100_000, 2) }, { what: 'learn', bytes: shippedDictionary() })
    assert.deepEqual(said(new MixMachine(), row, 4096), said(new ReferenceMachine(), row, 4096))
  })

  it('reads what the reference writes of mail of every kind, however it is cut, and writes the same', () => {
    const [writer, reader, reference] = [new MixMachine(), new MixMachine(), new ReferenceMachine()]
    const all = [...oddMail(), ...makeMail({ seed: 7, messages: 60 })].map(({ bytes }) =>
      bytes.subarray(0, 800),
    )
    for (const [number, payload] of all.filter(({ length }) => length > 0).entries()) {
      const row = [{ what: 'write', bytes: payload }]
      const [body] = said(reference, row, 5000)
      assert.deepEqual(said(writer, row, 1 + (number % 97)), [body])
      if (!(body instanceof Uint8Array)) {
        reader.learn(payload)
        continue
      }
      reader.beginReading(body)
      const read = new Uint8Array(payload.length)
      const part = 1 + ((number * 5) % 211)
      for (let at = 0; at < read.length; at += part) reader.read(read.subarray(at, at + part))
      assert.deepEqual(read, payload)
    }
  })

  it('writes no more than there is room for, however much that is said to be', () => {
    for (const most of [0, 1, machineBytes - 1, machineBytes, 2 ** 31, 2 ** 32 - 1]) {
      const machine = new MixMachine()
      machine.beginWriting(most)
      machine.write(noise(machineBytes))
      machine.write(noise(2000, 2))
      assert.equal(machine.endWriting(), undefined)
    }
  })

  it('takes no more at once than it has room for', () => {
    const machine = new MixMachine()
    const more = new Uint8Array(machineBytes + 1)
    for (const act of ['learn', 'write', 'beginReading'] as const)
      assert.throws(() => machine[act](more), RangeError)
    machine.beginReading(Uint8Array.of(1))
    assert.throws(() => machine.read(more), RangeError)
  })

  it('has all its memory from the beginning, imports nothing and can have no more', () => {
    const module = new WebAssembly.Module(program())
    assert.deepEqual(WebAssembly.Module.imports(module), [])
    const { memory, end } = new WebAssembly.Instance(module).exports as {
      memory: WebAssembly.Memory
      end: WebAssembly.Global<'i32'>
    }
    const size = memory.buffer.byteLength
    assert.ok(end.value <= size && size - end.value < 65_536, `${end.value} of ${size} bytes`)
    assert.throws(() => memory.grow(1), RangeError)
  })
})
