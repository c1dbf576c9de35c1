import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { foldText } from '../../src/mime/stand-in/fold-text.js'

const long = `https://track.example.com/c/${'a'.repeat(90)}`
const own = 'The harbour is closed on Sunday.\n'.repeat(8)
const armour = (what: string): string =>
  `-----BEGIN PGP ${what}-----\n\niQEzBAEB\n=abcd\n-----END PGP ${what}-----`

const cases: readonly (readonly [name: string, text: string, folded: string])[] = [
  ['nothing of what is written here', 'Hello,\n\nyes.\n\nAnn\n', 'Hello,\n\nyes.\n\nAnn'],
  ['what is quoted at the end', 'Yes.\n\nAnn wrote:\n> a\n>\n> b\n\n', 'Yes.\n\nAnn wrote:\n\n[...]'],
  ['all but the last lines above an answer', '> a\n> b\n> c\n> d\nYes.', '> [...]\n> c\n> d\nYes.'],
  ['nothing of three quoted lines above an answer', '> a\n> b\n> c\nYes.', '> a\n> b\n> c\nYes.'],
  ['all but the end of a mail that is quoted', '> a\n> b\n\n> c\n> d\n', '> [...]\n> c\n> d'],
  [
    'what programs quote without a mark',
    `${own}-----Original Message-----\nFrom: Ben\n\nWhen?`,
    `${own}[...]`,
  ],
  [
    'nothing of what is sent on',
    'See below.\n-----Original Message-----\nFrom: Ben\n\nWhen?',
    'See below.\n-----Original Message-----\nFrom: Ben\n\nWhen?',
  ],
  [
    'a signature that programs read',
    `Yes.\n${armour('SIGNATURE')}\n`,
    'Yes.\n-----BEGIN PGP SIGNATURE-----\n[...]',
  ],
  ['what is encrypted', `${armour('MESSAGE')}\nBye`, '-----BEGIN PGP MESSAGE-----\n[...]\nBye'],
  [
    'nothing behind a beginning without an end',
    '-----BEGIN PGP MESSAGE-----\nx',
    '-----BEGIN PGP MESSAGE-----\nx',
  ],
  [
    'nothing of a text that is signed',
    '-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nYes.',
    '-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nYes.',
  ],
  [
    'what a list puts below',
    `${own}${'_'.repeat(47)}\nLists mailing list\nhttps://lists.example.org\n`,
    own.trimEnd(),
  ],
  [
    'nothing of a text behind a line',
    `${own}${'-'.repeat(40)}\n${own.repeat(2)}`,
    `${own}${'-'.repeat(40)}\n${own.repeat(2).trimEnd()}`,
  ],
  ['all of an address that has no place', `https://${'/'.repeat(90)}`, '...'],
  ['all but the beginning of a long place', `https://${'a'.repeat(90)}`, `${'a'.repeat(60)}/...`],
  [
    'long addresses',
    `See <${long}>, or https://example.org/a.`,
    'See <track.example.com/...>, or https://example.org/a.',
  ],
]

describe('foldText leaves out', () => {
  for (const [name, text, folded] of cases)
    test(name, () => {
      assert.equal(foldText(text), folded)
      assert.equal(foldText(text.replaceAll('\n', '\r\n')), folded)
    })

  for (const [name, text] of [
    ['blank lines', '\n'.repeat(500_000)],
    ['quoted lines', '> a\n'.repeat(250_000)],
    ['quoted lines between others', '> a\nb\n'.repeat(200_000)],
    ['quoted and blank lines', '> a\n\n\n'.repeat(150_000)],
    ['rulers', `${'-'.repeat(20)}\n`.repeat(50_000)],
    ['dashes', '-'.repeat(1_000_000)],
    ['beginnings of armour', '-----BEGIN PGP MESSAGE-----\n'.repeat(35_000)],
    ['beginnings and ends', '-----BEGIN PGP A-----\n-----END PGP B-----\n'.repeat(25_000)],
    ['addresses', 'https://'.repeat(125_000)],
  ] as const)
    test(`in a second, of a megabyte of ${name}`, () => {
      const begun = process.cpuUsage()
      foldText(text)
      assert.ok(process.cpuUsage(begun).user < 1_000_000)
    })
})
