import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { posix } from 'node:path'
import { describe, it } from 'node:test'

/** Rooms that run unchanged in a browser, of folders that don't. */
const browserRooms = ['link/line', 'link/profile', 'mailstore/kept']
/** What shells stand on, with all that they have in common. */
const belowShells = ['errors', 'bytes', 'store', 'settings', 'mime', 'replica', 'wire', 'sync']

/**
 * Which folder of src may import from which: ARCHITECTURE.md "Who may import whom". `type replica/model` allows
 * one file's types and none of its code, `replica/flags` one file, `link/line` a room, `replica` all of a folder.
 */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  start: ['type cli/run', 'cli/exit-codes'],
  errors: [],
  bytes: ['errors'],
  store: ['errors', 'bytes'],
  mime: ['errors', 'bytes', 'type replica/model'],
  replica: ['errors', 'bytes', 'store'],
  wire: [
    'errors',
    'bytes',
    'mime',
    'replica/conflict',
    'replica/flags',
    'replica/model',
    'type replica/operation',
    'type replica/records',
    'replica/submission/submission',
  ],
  sync: ['errors', 'bytes', 'store', 'settings', 'mime', 'replica', 'wire'],
  settings: ['errors'],
  link: ['errors', 'bytes', 'store', 'settings', 'sync'],
  mailstore: [
    'errors',
    'bytes',
    'type store/database',
    'store/blob',
    'store/table',
    'mime/skeleton-codec',
    'settings',
    'replica/flags',
    'replica/model',
    'sync',
  ],
  outbox: ['errors', 'sync'],
  apart: [],
  pictures: ['apart', 'sync'],
  gist: ['apart', 'pictures/open-picture', 'sync'],
  submit: ['errors', 'bytes', 'settings', 'type replica/submission/submission', 'sync'],
  told: [...belowShells],
  reader: [...belowShells, 'told', ...browserRooms],
  cli: [...belowShells, 'told', 'link', 'mailstore', 'outbox', 'apart', 'pictures', 'gist', 'submit'],
}

/** So do these folders. */
const browserFolders = [...belowShells, 'told', 'reader']
/** But for the engines that only a shell on Node starts (`patience` is how those wait), and what the system's errors are called. */
const nodeOnlyFile = /^store\/sqlite\/|^errors\/system-code$|^errors\/system-code\.ts$/
/** Packages that run in a browser. A new one stands here when somebody has made sure that it does. */
const browserPackages = [
  '@msgpack/msgpack',
  '@preact/signals',
  'damerau-levenshtein',
  'dompurify',
  'idb-keyval',
  'leven',
  'postal-mime',
  'preact',
  'toml-eslint-parser',
  'zstd-codec',
]

/**
 * The rooms of sync, the lowest first: each imports from those before it. '.' are the files in none, ports most of them. The two halves of an
 * exchange stand beside each other.
 */
const syncRooms = [
  ['policy'],
  ['.'],
  ['content'],
  ['search'],
  ['frames'],
  ['evict'],
  ['adopt'],
  ['scan'],
  ['write'],
  ['submission'],
  ['shore'],
  ['responder', 'initiator'],
] as const

/** More lines than this are more than one idea, mostly. */
const mostLines = 300

/** A folder with more files than this hides them. */
const mostFiles = 20

interface Import {
  readonly from: string
  /** `import type`. With `import { type A }` the file is still loaded when the program runs. */
  readonly typesOnly: boolean
}

/** `path` is below src: a file, or an import's target. */
function runsInBrowser(path: string): boolean {
  if (nodeOnlyFile.test(path)) return false
  return (
    browserFolders.includes(path.split('/')[0] ?? '') ||
    browserRooms.some((room) => path.startsWith(`${room}/`))
  )
}

/** Every import and re-export of a source text, static or dynamic. */
function importsOf(text: string): Import[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
  const found: Import[] = []
  const statement =
    /^\s*(?:import|export)\s+(type\s)?(?:[^'"`;=()]*?\s*from\s*)?['"]([^'"]+)['"]|\b(?:import|require)\s*\(\s*['"`]([^'"`]+)['"`]/gm
  for (const [, type, from, dynamic] of code.matchAll(statement))
    found.push({ from: from ?? dynamic ?? '', typesOnly: type !== undefined })
  return found
}

/** Why a browser can't have what this names, which is no file of ours. */
function packageProblem(from: string): string | undefined {
  const name = from
    .split('/')
    .slice(0, from.startsWith('@') ? 2 : 1)
    .join('/')
  if (from.startsWith('node:') || builtinModules.includes(name))
    return 'it must run in a browser, which has no such module'
  return browserPackages.includes(name) ? undefined : 'no package known to run in a browser'
}

/** What a file (its path below src, its text) imports and shouldn't: one sentence each. */
function violations(file: string, text: string): string[] {
  const folder = file.split('/')[0] ?? ''
  const allowed = mayImport[folder]
  if (!allowed) return [`src/${file} is in a folder that ARCHITECTURE.md does not know`]
  const browser = runsInBrowser(file)
  const wrong: string[] = []
  for (const { from, typesOnly } of importsOf(text)) {
    const say = (why: string) => wrong.push(`src/${file} imports '${from}': ${why}`)
    if (!from.startsWith('.')) {
      const why = browser ? packageProblem(from) : undefined
      if (why) say(why)
      continue
    }
    const target = posix.normalize(posix.join(posix.dirname(file), from)).replace(/\.js$/, '')
    const targetFolder = target.split('/')[0]
    if (targetFolder === folder || nodeOnlyFile.test(target)) {
      if (browser && !typesOnly && !runsInBrowser(target)) say('it must run in a browser, and that need not')
      if (targetFolder === folder) continue
    }
    const passes = allowed.some((rule) => {
      if (rule.startsWith('type ')) return typesOnly && target === rule.slice(5)
      return rule === targetFolder || rule === target || target.startsWith(`${rule}/`)
    })
    if (!passes) say(`${folder} may not import that`)
  }
  return wrong
}

const sources = readdirSync('src', { recursive: true })
  .map((name) => String(name).replaceAll('\\', '/'))
  .filter((name) => /\.tsx?$/.test(name))
  .sort()

describe('the folders of src', () => {
  it('import only what lies below them, and nothing of Node where a browser must do', () => {
    const wrong = sources.flatMap((file) => violations(file, readFileSync(`src/${file}`, 'utf8')))
    assert.deepEqual(wrong, [])
  })

  it('have rooms in sync that import downwards, and halves that know nothing of each other', () => {
    const room = (file: string): string => (file.split('/').length > 2 ? (file.split('/')[1] ?? '') : '.')
    const floor = (name: string): number =>
      syncRooms.findIndex((rooms) => rooms.some((each) => each === name))
    const wrong: string[] = []
    for (const file of sources.filter((name) => name.startsWith('sync/'))) {
      assert.ok(floor(room(file)) >= 0, `src/${file} is in a room that the rule does not know`)
      for (const { from } of importsOf(readFileSync(`src/${file}`, 'utf8'))) {
        const target = posix.normalize(posix.join(posix.dirname(file), from))
        if (!from.startsWith('.') || !target.startsWith('sync/') || room(target) === room(file)) continue
        if (floor(room(target)) >= floor(room(file))) wrong.push(`src/${file} imports '${from}'`)
      }
    }
    assert.deepEqual(wrong, [])
  })

  it('are all known to the rule, and all there', () => {
    const folders = [...new Set(sources.map((file) => file.split('/')[0]))]
    assert.deepEqual(folders.sort(), Object.keys(mayImport).sort())
  })
})

describe('every file of src', () => {
  it('has no more lines than a person reads at once, or says why', () => {
    const long = sources.filter((file) => {
      const text = readFileSync(`src/${file}`, 'utf8')
      return text.split('\n').length - 1 > mostLines && !/^\/\/ Over 300 lines: .{20,}/m.test(text)
    })
    assert.deepEqual(long, [])
  })
})

describe('every folder', () => {
  for (const root of ['src', 'test', 'testing', 'fixtures', 'bench', 'scripts', 'demo'])
    it(`of ${root} holds no more files than a person looks through`, () => {
      const full = readdirSync(root, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => posix.join(entry.parentPath, entry.name))
        .concat(root)
        .map((folder) => [folder, readdirSync(folder, { withFileTypes: true })] as const)
        .map(([folder, entries]) => [folder, entries.filter((entry) => entry.isFile()).length] as const)
        .filter(([, files]) => files >= mostFiles)
      assert.deepEqual(full, [])
    })
})

describe('the rule of imports', () => {
  const cases: readonly [what: string, file: string, text: string, wrong: number][] = [
    ['an import from below', 'sync/a.ts', `import { b } from '../wire/b.js'`, 0],
    ['an import from above', 'wire/a.ts', `import { b } from '../sync/b.js'`, 1],
    ['a type from above', 'wire/a.ts', `import type { B } from '../sync/b.js'`, 1],
    ['one over several lines', 'mime/a.ts', `import {\n  b,\n  c,\n} from '../store/b.js'`, 1],
    ['a re-export', 'replica/a.ts', `export { b } from '../wire/b.js'`, 1],
    ['an import for its effects', 'bytes/a.ts', `import '../store/b.js'`, 1],
    ['a dynamic import', 'store/a.ts', `const b = await import('../sync/b.js')`, 1],
    ['an import type in an expression', 'store/a.ts', `type B = import('../sync/b.js').B`, 1],
    ['the words of the model as types', 'mime/a.ts', `import type { Guid } from '../replica/model.js'`, 0],
    ['the words of the model as code', 'mime/a.ts', `import { samePath } from '../replica/model.js'`, 1],
    ['types among code', 'mime/a.ts', `import { type Guid, samePath } from '../replica/model.js'`, 1],
    ['nothing but marked types', 'mime/a.ts', `import { type Guid } from '../replica/model.js'`, 1],
    ['a module of Node', 'sync/a.ts', `import { readFileSync } from 'node:fs'`, 1],
    ['a module of Node under its old name', 'sync/a.ts', `import { readFileSync } from 'fs'`, 1],
    ['a module of Node in the shell', 'cli/a.ts', `import { readFileSync } from 'node:fs'`, 0],
    ['a module of Node in an engine', 'store/sqlite/a.ts', `import { readFileSync } from 'node:fs'`, 0],
    ['a Node-only package', 'store/a.ts', `import { DatabaseSync } from '@photostructure/sqlite'`, 1],
    ['a package that browsers can run', 'store/a.ts', `import { encode } from '@msgpack/msgpack'`, 0],
    ['an engine from beside it', 'store/a.ts', `import { b } from './sqlite/sqlite-store.js'`, 1],
    ['an engine from sync', 'sync/a.ts', `import { b } from '../store/sqlite/kernel-lock.js'`, 1],
    ['a module of Node in a room for browsers', 'link/line/a.ts', `import { isIP } from 'node:net'`, 1],
    ['what runs in Node from a room for browsers', 'link/line/a.ts', `import { b } from '../pace.js'`, 1],
    ['one room for browsers from another', 'link/line/a.ts', `import { b } from '../profile/b.js'`, 0],
    ['a room for browsers from beside it', 'link/client/a.ts', `import { b } from '../line/b.js'`, 0],
    ['the link from the reader', 'reader/a.ts', `import { b } from '../link/client/b.js'`, 1],
    [
      'a room for browsers from the reader',
      'reader/line/a.ts',
      `import { b } from '../../link/line/b.js'`,
      0,
    ],
    ['a file outside src', 'link/a.ts', `import { b } from '../../test/b.js'`, 1],
    [
      'words in a comment',
      'wire/a.ts',
      `/** import { b } from '../sync/b.js' */\n// import '../sync/b.js'`,
      0,
    ],
  ]
  for (const [what, file, text, wrong] of cases)
    it(`${wrong === 0 ? 'lets pass' : 'catches'} ${what} in ${file}`, () => {
      const found = violations(file, text)
      assert.equal(found.length, wrong, found.join('\n'))
      for (const sentence of found) assert.ok(sentence.startsWith(`src/${file} imports '`), sentence)
    })
})
