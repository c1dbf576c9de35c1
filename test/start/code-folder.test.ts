import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type CodeFolder, codeFolder, readCode, writeCode } from '../../src/start/code-folder.js'
import { mountSmallDisk } from '../store/mounted-disk.js'
import { temporaryDirectory } from '../store/temporary-directory.js'
import { makeUnwritable } from '../world/process/unwritable.js'

const uid = process.geteuid?.() ?? 0
const name = 'sync-01234567'
const bytes = Buffer.from('what V8 made')

function temporary(t: TestContext): string {
  const root = temporaryDirectory()
  t.after(() => root.remove())
  return root.path
}

/** A folder with code of the name. */
function filled(t: TestContext): CodeFolder {
  const folder = { path: join(temporary(t), 'cache/packetboat'), uid }
  writeCode(folder, name, () => bytes)
  return folder
}

const fileOf = (folder: CodeFolder): string => join(folder.path, `${name}.code`)

test('it lies where caches lie, and nowhere where there is no such place or nobody wants any', () => {
  const path = (env: NodeJS.ProcessEnv) => codeFolder(env, uid)?.path
  assert.equal(path({ HOME: '/home/me' }), '/home/me/.cache/packetboat')
  assert.equal(path({ HOME: '/home/me', XDG_CACHE_HOME: '/var/me' }), '/var/me/packetboat')
  assert.equal(path({ HOME: '/home/me', XDG_CACHE_HOME: '' }), '/home/me/.cache/packetboat')
  assert.equal(path({ HOME: '/home/me', XDG_CACHE_HOME: 'here' }), '/home/me/.cache/packetboat')
  assert.equal(path({ HOME: '/home/me', LOCALAPPDATA: '/local' }), '/local/packetboat')
  assert.equal(path({}), undefined)
  assert.equal(path({ HOME: '' }), undefined)
  assert.equal(path({ HOME: 'here' }), undefined)
  assert.equal(path({ HOME: '/home/me', NODE_DISABLE_COMPILE_CACHE: '1' }), undefined)
})

test('nothing is kept below a home that is not there, and none is made', (t) => {
  const home = join(temporary(t), 'home')
  writeCode({ path: join(home, '.cache/packetboat'), uid }, name, () => bytes)
  assert.ok(!existsSync(home))
  mkdirSync(home)
  writeCode({ path: join(home, '.cache/packetboat'), uid }, name, () => bytes)
  assert.deepEqual(readCode({ path: join(home, '.cache/packetboat'), uid }, name), bytes)
})

test('what is kept is read again, and others can neither read nor write it', (t) => {
  const folder = filled(t)
  assert.deepEqual(readCode(folder, name), bytes)
  assert.equal(statSync(folder.path).mode & 0o777, 0o700)
  assert.equal(statSync(fileOf(folder)).mode & 0o777, 0o600)
  assert.equal(readCode({ path: join(folder.path, 'none'), uid }, name), undefined)
  assert.throws(() => readCode(folder, 'status-01234567'), /ENOENT/)
})

test('what somebody else can write is not read', (t) => {
  const folder = filled(t)
  chmodSync(fileOf(folder), 0o620)
  assert.equal(readCode(folder, name), undefined)
  chmodSync(fileOf(folder), 0o600)
  chmodSync(folder.path, 0o770)
  assert.equal(readCode(folder, name), undefined)
  chmodSync(folder.path, 0o755)
  assert.deepEqual(readCode(folder, name), bytes)
  assert.equal(readCode({ ...folder, uid: uid + 1 }, name), undefined)
})

test('a file of somebody else in a folder of ours is not read', (t) => {
  if (uid !== 0) return t.skip('only root can give files away')
  const folder = filled(t)
  execFileSync('chown', ['12345', fileOf(folder)])
  assert.equal(readCode(folder, name), undefined)
})

test('neither a link, nor a pipe, nor a folder, nor megabytes in its place are read', (t) => {
  const folder = filled(t)
  const aside = join(folder.path, 'aside')
  renameSync(fileOf(folder), aside)
  symlinkSync(aside, fileOf(folder))
  assert.throws(() => readCode(folder, name), /ELOOP/)
  renameSync(fileOf(folder), join(folder.path, 'link'))
  execFileSync('mkfifo', [fileOf(folder)])
  assert.equal(readCode(folder, name), undefined)
  renameSync(fileOf(folder), join(folder.path, 'pipe'))
  mkdirSync(fileOf(folder))
  assert.equal(readCode(folder, name), undefined)
  renameSync(fileOf(folder), join(folder.path, 'folder'))
  linkSync(aside, fileOf(folder))
  assert.deepEqual(readCode(folder, name), bytes)
  writeFileSync(aside, Buffer.alloc(16 * 1024 * 1024 + 1))
  assert.ok(readCode(folder, name) === undefined)
  writeCode(folder, name, () => bytes)
  assert.deepEqual(readCode(folder, name), bytes)
})

test('nothing is written into a folder of somebody else, nor made in one', (t) => {
  const root = temporary(t)
  const other = uid + 1
  const deep = join(root, 'home/.cache/packetboat')
  for (const path of [root, deep])
    writeCode({ path, uid: other }, name, () => assert.fail('it was asked for'))
  assert.deepEqual(readdirSync(root), [])
})

test('a folder of ours that others could write to is closed to them', (t) => {
  const folder = filled(t)
  chmodSync(folder.path, 0o775)
  writeCode(folder, name, () => bytes)
  assert.equal(statSync(folder.path).mode & 0o777, 0o700)
})

test('what fails leaves what was there, and nothing beside it', (t) => {
  const folder = filled(t)
  const fail = (): never => {
    throw new Error('no')
  }
  assert.throws(() => writeCode(folder, name, fail), /no/)
  assert.throws(() => writeCode(folder, name, () => Buffer.alloc(16 * 1024 * 1024 + 1)), /more code/)
  assert.deepEqual(readCode(folder, name), bytes)
  assert.deepEqual(readdirSync(folder.path), [`${name}.code`])
})

test('where nothing can be written the code is not even made', (t) => {
  const folder = filled(t)
  const undo = makeUnwritable(folder.path)
  try {
    assert.throws(() => writeCode(folder, name, () => assert.fail('it was asked for')), /EPERM|EACCES/)
  } finally {
    undo()
  }
  assert.deepEqual(readCode(folder, name), bytes)
})

test('a full disk keeps what it has', (t) => {
  const root = temporaryDirectory()
  const disk = mountSmallDisk(join(root.path, 'disk'), 256 * 1024)
  t.after(() => {
    disk?.unmount()
    root.remove()
  })
  if (!disk) return t.skip('this user may not mount a file system')
  const folder = { path: join(disk.path, 'packetboat'), uid }
  writeCode(folder, name, () => bytes)
  assert.throws(() => writeCode(folder, name, () => Buffer.alloc(512 * 1024)), /ENOSPC/)
  assert.deepEqual(readCode(folder, name), bytes)
  assert.deepEqual(readdirSync(folder.path), [`${name}.code`])
})

test('what is old goes, as what Node kept there for earlier versions, and nothing that we have not written', (t) => {
  const folder = filled(t)
  const old = (file: string, second: number): void => utimesSync(join(folder.path, file), second, second)
  for (let at = 0; at < 30; at++) {
    const file = `${'abc'.charAt(at % 3)}-${String(at).padStart(8, '0')}.code${at % 2 ? `.${at}` : ''}`
    writeFileSync(join(folder.path, file), 'old')
    old(file, 1000 + at)
  }
  writeFileSync(join(folder.path, 'notes'), '')
  old('notes', 1)
  mkdirSync(join(folder.path, 'v22.23.5-x64-0badcafe-0/deep'), { recursive: true })
  mkdirSync(join(folder.path, 'mine'))
  writeCode(folder, name, () => bytes)
  const left = readdirSync(folder.path)
  assert.ok(left.includes('notes') && left.includes('mine') && left.includes(`${name}.code`), left.join(' '))
  assert.equal(left.filter((file) => file.includes('.code')).length, 24)
  assert.ok(!existsSync(join(folder.path, 'v22.23.5-x64-0badcafe-0')))
  assert.ok(!left.some((file) => file.includes('-00000006.')), left.join(' '))
  assert.ok(
    left.some((file) => file.includes('-00000007.')),
    left.join(' '),
  )
})

test('all of it together stays within 48 MiB', (t) => {
  const folder = filled(t)
  for (let at = 0; at < 5; at++) writeCode(folder, `sync-0000000${at}`, () => Buffer.alloc(12 * 1024 * 1024))
  assert.equal(readdirSync(folder.path).length, 4)
  assert.ok(existsSync(join(folder.path, 'sync-00000004.code')))
})
