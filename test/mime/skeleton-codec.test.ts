import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { memorySource } from '../../src/bytes/source.js'
import { hasCode } from '../../src/errors/packetboat-error.js'
import { checkSkeleton } from '../../src/mime/check-skeleton.js'
import { decodeOutline, encodeOutline, outlineOf } from '../../src/mime/outline.js'
import { rebuildMessage } from '../../src/mime/rebuild.js'
import type { Entity, Skeleton } from '../../src/mime/skeleton.js'
import { decodeSkeleton, encodeSkeleton } from '../../src/mime/skeleton-codec.js'
import { bytesOf, collect, seed, split } from './message-builders.js'

const protocol = (error: unknown) => hasCode(error, 'PROTOCOL')

const mail = bytesOf(
  'Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\nSubject: x\n\nbody\n' +
    '--b\nContent-Transfer-Encoding: base64\nContent-Type: application/pdf; name=a.pdf\n\nQUJDQUJD\nQUI=\n\n\n' +
    '--b\nContent-Transfer-Encoding: quoted-printable\nContent-Type: text/html; charset=x-unknown\n\na=3Db\n--b--\n',
)

describe('checkSkeleton', () => {
  const forged: [string, (skeleton: Skeleton) => unknown][] = [
    ['a size that is not the sum', (s) => ({ ...s, size: s.size + 1 })],
    ['a size beyond 2^53', (s) => ({ ...s, size: 2 ** 53, structure: [2 ** 53, 0, 0, 0] })],
    [
      'a negative run',
      (s) => ({
        ...s,
        structure: [s.structure[0]! + 5, s.structure[1]! - 5 - 1000, ...s.structure.slice(2)],
      }),
    ],
    ['a run too few', (s) => ({ ...s, structure: s.structure.slice(1) })],
    ['no parts at all', (s) => ({ ...s, parts: [], structure: [s.size] })],
    [
      'too much structure',
      (s) => ({
        ...s,
        size: s.size + 2 ** 21,
        structure: [...s.structure.slice(0, -1), 2 ** 21 + s.structure.at(-1)!],
      }),
    ],
    ['a digest that is none', (s) => ({ ...s, digest: `${s.digest!.slice(1)}g` })],
    ['a header longer than its run', (s) => withPart(s, 0, { headerSize: 10_000 })],
    ['identity of two sizes', (s) => withPart(s, 0, { size: 5000 })],
    ['base64 that has another size', (s) => withPart(s, 1, { size: 500 })],
    [
      'base64 of no line length',
      (s) =>
        withPart(s, 1, { encoding: { kind: 'base64', lineLength: 0, eol: 'lf', tail: new Uint8Array(0) } }),
    ],
    [
      'a base64 tail that is no white space',
      (s) => withPart(s, 1, { encoding: { kind: 'base64', lineLength: 8, eol: 'lf', tail: bytesOf('xx') } }),
    ],
    ['quoted-printable that grows by decoding', (s) => withPart(s, 2, { size: 500 })],
    [
      'a patch beyond its bound',
      (s) => withPart(s, 2, { encoding: { kind: 'quoted-printable', patch: new Uint8Array(1000) } }),
    ],
    ['a type with a line end', (s) => withPart(s, 0, { type: 'text/plain\nX: y' })],
    ['a type in capitals', (s) => withPart(s, 0, { type: 'Text/Plain' })],
    ['a name with a path', (s) => withPart(s, 0, { name: '../x' })],
    ['a name with a line end', (s) => withPart(s, 0, { name: 'a\nb' })],
    [
      'a part twice in the tree',
      (s) => ({ ...s, tree: { kind: 'multipart', type: 'multipart/mixed', children: [0, 1, 1].map(part) } }),
    ],
    [
      'a part that is missing in the tree',
      (s) => ({ ...s, tree: { kind: 'multipart', type: 'multipart/mixed', children: [0, 1].map(part) } }),
    ],
    [
      'parts out of order',
      (s) => ({ ...s, tree: { kind: 'multipart', type: 'multipart/mixed', children: [1, 0, 2].map(part) } }),
    ],
    [
      'a multipart without children',
      (s) => ({
        ...s,
        tree: {
          kind: 'multipart',
          type: 'multipart/mixed',
          children: [...[0, 1, 2].map(part), { kind: 'multipart', type: 'multipart/mixed', children: [] }],
        },
      }),
    ],
    [
      'a multipart that is none',
      (s) => ({ ...s, tree: { kind: 'multipart', type: 'text/plain', children: [0, 1, 2].map(part) } }),
    ],
    ['a tree a million deep', (s) => ({ ...s, tree: deep(1_000_000) })],
  ]
  for (const [name, forge] of forged)
    it(`refuses ${name}`, async () => {
      const skeleton = await split(mail)
      checkSkeleton(skeleton)
      assert.throws(() => checkSkeleton(forge(skeleton) as Skeleton), protocol)
    })

  const part = (index: number): Entity => ({ kind: 'part', part: index })

  function deep(levels: number): Entity {
    let tree: Entity = { kind: 'multipart', type: 'multipart/mixed', children: [0, 1, 2].map(part) }
    for (let i = 0; i < levels; i++) tree = { kind: 'message', child: tree }
    return tree
  }

  function withPart(skeleton: Skeleton, index: number, change: object): Skeleton {
    return { ...skeleton, parts: skeleton.parts.map((old, i) => (i === index ? { ...old, ...change } : old)) }
  }
})

describe('the wire forms', () => {
  it('come back as they were', async () => {
    const skeleton = await split(mail)
    assert.deepEqual(decodeSkeleton(encodeSkeleton(skeleton)), skeleton)
    assert.deepEqual(decodeOutline(encodeOutline(outlineOf(skeleton))), outlineOf(skeleton))
  })

  it('take few bytes for a plain message', async () => {
    const skeleton = await split(bytesOf(`Content-Type: text/plain; charset=utf-8\n\n${'x'.repeat(5000)}`))
    assert.equal(encodeOutline(outlineOf(skeleton)).length, 4)
    assert.ok(encodeSkeleton(skeleton).length <= 4 + 32 + 1 + 32 + 4)
  })

  it('throw PROTOCOL and nothing else on damaged bytes', async () => {
    const skeleton = encodeSkeleton(await split(mail))
    const outline = encodeOutline(outlineOf(await split(mail)))
    const damage = (bytes: Uint8Array, edits: readonly (readonly [number, number])[], cut: number) => {
      const damaged = bytes.slice(0, bytes.length - (cut % 4 ? 0 : cut % bytes.length))
      for (const [at, value] of edits) damaged[at % damaged.length] = value
      return damaged
    }
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }), fc.nat(), (edits, cut) => {
        for (const run of [
          () => checkSkeleton(decodeSkeleton(damage(skeleton, edits, cut))),
          () => decodeOutline(damage(outline, edits, cut)),
        ])
          try {
            run()
          } catch (error) {
            assert.ok(protocol(error), String(error))
          }
      }),
      { seed, numRuns: 3000 },
    )
  })

  it('throw PROTOCOL on any bytes whatever', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        assert.throws(() => decodeSkeleton(bytes), protocol)
      }),
      { seed, numRuns: 1000 },
    )
    // 1000 nested multiparts, and a multipart of 2^40 children.
    assert.throws(() => decodeOutline(new Uint8Array(4000).fill(2)), protocol)
    assert.throws(() => decodeOutline(new Uint8Array([7, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20])), protocol)
  })
})

describe('rebuildMessage', () => {
  it('refuses parts and structure of another size than promised', async () => {
    const skeleton = await split(bytesOf('A: b\n\nbody'))
    const parts = (text: string) =>
      async function* () {
        yield bytesOf(text)
      }
    const structure = bytesOf('A: b\n\n')
    assert.equal((await collect(rebuildMessage(skeleton, structure, parts('BODY')))).length, 10)
    for (const text of ['bod', 'bodyy', ''])
      await assert.rejects(collect(rebuildMessage(skeleton, structure, parts(text))), protocol)
    await assert.rejects(collect(rebuildMessage(skeleton, bytesOf('A: b\n'), parts('body'))), protocol)
    assert.equal(memorySource(structure).size, 6)
  })
})
