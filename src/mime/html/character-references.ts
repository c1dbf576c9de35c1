/** Those that mail has of HTML's two thousand names, and `accents` doesn't make, with the number of the first of a row. */
const rows: readonly (readonly [first: number, names: string])[] = [
  [9, 'Tab NewLine'],
  [33, 'excl quot num dollar percnt amp apos lpar rpar ast plus comma'],
  [46, 'period sol'],
  [58, 'colon semi lt equals gt quest commat'],
  [91, 'lsqb bsol rsqb'],
  [95, 'lowbar grave'],
  [123, 'lcub verbar rcub'],
  [
    160,
    'nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3',
  ],
  [180, 'acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest'],
  [198, 'AElig'],
  [208, 'ETH'],
  [215, 'times Oslash'],
  [222, 'THORN szlig'],
  [230, 'aelig'],
  [240, 'eth'],
  [247, 'divide oslash'],
  [254, 'thorn'],
  [272, 'Dstrok dstrok'],
  [305, 'inodot'],
  [321, 'Lstrok lstrok'],
  [338, 'OElig oelig'],
  [402, 'fnof'],
  [710, 'circ'],
  [732, 'tilde'],
  [913, 'Alpha Beta Gamma Delta Epsilon Zeta Eta Theta Iota Kappa Lambda Mu Nu Xi Omicron Pi Rho'],
  [931, 'Sigma Tau Upsilon Phi Chi Psi Omega'],
  [945, 'alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigmaf'],
  [963, 'sigma tau upsilon phi chi psi omega'],
  [977, 'thetasym upsih'],
  [982, 'piv'],
  [8194, 'ensp emsp'],
  [8199, 'numsp puncsp thinsp hairsp'],
  [8204, 'zwnj zwj lrm rlm'],
  [8211, 'ndash mdash'],
  [8216, 'lsquo rsquo sbquo'],
  [8220, 'ldquo rdquo bdquo'],
  [8224, 'dagger Dagger bull'],
  [8230, 'hellip'],
  [8240, 'permil'],
  [8242, 'prime Prime'],
  [8249, 'lsaquo rsaquo'],
  [8254, 'oline'],
  [8260, 'frasl'],
  [8364, 'euro'],
  [8465, 'image'],
  [8472, 'weierp'],
  [8476, 'real'],
  [8482, 'trade'],
  [8501, 'alefsym'],
  [8592, 'larr uarr rarr darr harr'],
  [8629, 'crarr'],
  [8656, 'lArr uArr rArr dArr hArr'],
  [8704, 'forall'],
  [8706, 'part exist'],
  [8709, 'empty'],
  [8711, 'nabla isin notin'],
  [8715, 'ni'],
  [8719, 'prod'],
  [8721, 'sum minus'],
  [8727, 'lowast'],
  [8730, 'radic'],
  [8733, 'prop infin'],
  [8736, 'ang'],
  [8743, 'and or cap cup int'],
  [8756, 'there4'],
  [8764, 'sim'],
  [8773, 'cong'],
  [8776, 'asymp'],
  [8800, 'ne equiv'],
  [8804, 'le ge'],
  [8834, 'sub sup nsub'],
  [8838, 'sube supe'],
  [8853, 'oplus'],
  [8855, 'otimes'],
  [8857, 'odot'],
  [8869, 'perp'],
  [8901, 'sdot'],
  [8968, 'lceil rceil lfloor rfloor'],
  [9674, 'loz'],
  [9733, 'starf star'],
  [9824, 'spades'],
  [9827, 'clubs'],
  [9829, 'hearts diams'],
  [10003, 'check'],
  [10216, 'lang rang'],
]

const named: ReadonlyMap<string, string> = new Map(
  rows.flatMap(([first, names]) =>
    names.split(' ').map((name, i) => [name, String.fromCharCode(first + i)] as const),
  ),
)

/** `Agrave` is an A and the grave accent. */
const accents: Readonly<Record<string, string>> = {
  grave: '\u0300',
  acute: '\u0301',
  circ: '\u0302',
  tilde: '\u0303',
  macr: '\u0304',
  breve: '\u0306',
  dot: '\u0307',
  uml: '\u0308',
  ring: '\u030a',
  dblac: '\u030b',
  caron: '\u030c',
  cedil: '\u0327',
  ogon: '\u0328',
}

/**
 * A text of HTML with its characters in the place of references: by number, or by a name that mail has, which is one of HTML 4, of ASCII or of a Latin
 * letter. Others stay as they are.
 */
export function decodeReferences(text: string): string {
  return text.replace(/&(?:#(\d{1,8}|x[0-9a-f]{1,8})|([a-z]\w{1,8}));/gi, (reference, number, name) =>
    name === undefined ? numbered(number) : (named.get(name) ?? accented(name) ?? reference),
  )
}

/** What the numbers from 128 on mean in pages: windows-1252 (HTML 13.2.5.80). */
const western = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ'

function numbered(number: string): string {
  const code = Number(`0${number}`)
  const isCharacter = code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)
  return isCharacter ? (western[code - 128] ?? String.fromCodePoint(code)) : '\ufffd'
}

function accented(name: string): string | undefined {
  const made = (name.slice(0, 1) + (accents[name.slice(1)] ?? '--')).normalize('NFC')
  return made.length === 1 ? made : undefined
}
