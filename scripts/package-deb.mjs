// Makes packetboat_VERSION_all.deb: npm run package:deb [-- FOLDER]. What it installs is what npm pack packs, with the packages that
// package-lock.json names; nothing is compiled. It needs npm, dpkg-deb and gzip, and what is built in dist.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

const folder = resolve(process.argv[2] ?? '.')
const { version, description } = JSON.parse(readFileSync('package.json', 'utf8'))
/** Debian sorts what follows a tilde before what has none, as npm does with what follows a hyphen. */
const debVersion = version.replace('-', '~')
const installed = 'usr/lib/packetboat'
/** Whoever builds it. */
const maintainer = 'packetboat <packetboat@localhost>'

const draft = mkdtempSync(join(tmpdir(), 'packetboat-deb-'))
process.once('exit', () => rmSync(draft, { recursive: true, force: true }))
// Whoever packs may have another umask than those who install expect.
process.umask(0o022)
const root = join(draft, 'root')
const at = (path) => join(root, path)
const run = (program, args, cwd = '.') =>
  execFileSync(program, args, {
    cwd,
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    timeout: 600_000,
  })

mkdirSync(root)
installPackage()
installContrib()
installPaper()
writeControl()
makeReadable(root)
mkdirSync(folder, { recursive: true })
const deb = join(folder, `packetboat_${debVersion}_all.deb`)
run('dpkg-deb', ['--root-owner-group', '-Zxz', '--build', root, deb])
console.log(deb)

function write(path, content, mode = 0o644) {
  mkdirSync(dirname(at(path)), { recursive: true })
  writeFileSync(at(path), content, { mode })
  chmodSync(at(path), mode)
}

function copy(from, to, mode) {
  write(to, readFileSync(from), mode)
}

/** What npm pack packs, with the packages that package-lock.json names in place of those that lie here. */
function installPackage() {
  const [{ filename }] = JSON.parse(
    run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', draft]),
  )
  mkdirSync(at(installed), { recursive: true })
  run('tar', ['-xzf', join(draft, filename), '--strip-components=1', '--no-same-owner', '-C', at(installed)])
  cpSync('package-lock.json', join(at(installed), 'package-lock.json'))
  const which = ['--omit=dev', '--omit=peer', '--ignore-scripts', '--no-audit', '--no-fund']
  run('npm', ['ci', ...which], at(installed))
  for (const name of ['package-lock.json', 'node_modules/.package-lock.json', 'node_modules/.bin'])
    rmSync(join(at(installed), name), { recursive: true, force: true })
  // It comes compiled for every system, and with its source; this package is for one.
  const sqlite = join(at(installed), 'node_modules/@photostructure/sqlite')
  for (const system of readdirSync(join(sqlite, 'prebuilds')))
    if (!system.startsWith('linux-')) rmSync(join(sqlite, 'prebuilds', system), { recursive: true })
  // What only those who write programs need: types, and what `packetboat/testing` exports.
  for (const path of filesBelow(at(installed))) if (/\.(d\.[cm]?ts|map)$/.test(path)) rmSync(path)
  // Debian has the C library of GNU.
  for (const path of filesBelow(join(sqlite, 'prebuilds'))) if (path.endsWith('.musl.node')) rmSync(path)
  for (const name of ['src', 'scripts', '../../node-addon-api'])
    rmSync(join(sqlite, name), { recursive: true })
  keepWhatRuns(at(`${installed}/node_modules`))
  for (const name of ['dist/src', 'dist/testing']) rmSync(join(at(installed), name), { recursive: true })
  mkdirSync(at('usr/bin'), { recursive: true })
  symlinkSync('../lib/packetboat/bin/packetboat', at('usr/bin/packetboat'))
  // They have their own places in Debian.
  for (const name of ['man', 'contrib', 'docs', 'README.md', 'SECURITY.md', 'CHANGELOG.md', 'LICENSE'])
    rmSync(join(at(installed), name), { recursive: true, force: true })
}

/** What packages bring for those who work on them. Their licences stay. */
function keepWhatRuns(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    const isPaper = /^\.|\.(md|html)$/i.test(entry.name) && !/^(licen[cs]e|notice|copying)/i.test(entry.name)
    if (isPaper || /^(docs|test)$/.test(entry.name)) rmSync(path, { recursive: true })
    else if (entry.isDirectory()) {
      keepWhatRuns(path)
      if (readdirSync(path).length === 0) rmdirSync(path)
    }
  }
}

/** Units, and what starts a sync when a line comes up: it does nothing until /etc/default/packetboat names users. */
function installContrib() {
  for (const name of readdirSync('contrib/systemd'))
    copy(
      join('contrib/systemd', name),
      `usr/lib/systemd/${name.startsWith('packetboat-serve') ? 'system' : 'user'}/${name}`,
      0o644,
    )
  copy('contrib/ppp/packetboat', 'etc/ppp/ip-up.d/packetboat', 0o755)
  copy('contrib/networkmanager/90-packetboat', 'etc/NetworkManager/dispatcher.d/90-packetboat', 0o755)
  copy('contrib/cron/packetboat', 'usr/share/doc/packetboat/examples/crontab', 0o644)
  copy('scripts/deb/default', 'etc/default/packetboat', 0o644)
}

/** Man pages, completions and documents, each where Debian's programs look for it. */
function installPaper() {
  const packed = (content) =>
    execFileSync('gzip', ['-9nc'], { input: content, maxBuffer: 64 * 1024 * 1024, timeout: 60_000 })
  for (const name of readdirSync('man'))
    write(`usr/share/man/man${name.at(-1)}/${name}.gz`, packed(readFileSync(join('man', name))))
  const completions = {
    bash: 'usr/share/bash-completion/completions/packetboat',
    zsh: 'usr/share/zsh/vendor-completions/_packetboat',
    fish: 'usr/share/fish/vendor_completions.d/packetboat.fish',
  }
  for (const [shell, path] of Object.entries(completions))
    write(path, run(process.execPath, [at(`${installed}/bin/packetboat`), 'completion', shell]))
  const documents = 'usr/share/doc/packetboat'
  for (const name of ['README.md', 'SECURITY.md']) copy(name, `${documents}/${name}`)
  for (const name of readdirSync('docs')) copy(join('docs', name), `${documents}/docs/${name}`)
  write(`${documents}/CHANGELOG.md.gz`, packed(readFileSync('CHANGELOG.md')))
  write(`${documents}/changelog.gz`, packed(debianChangelog()))
  const licence = readFileSync('LICENSE', 'utf8')
  const others =
    'Each package below /usr/lib/packetboat/node_modules has its own licence beside it, and those of the packages that are\n' +
    'part of the program are in /usr/lib/packetboat/dist/program/LICENSES.'
  write(`${documents}/copyright`, `${licence}\n${others}\n`)
  copy('scripts/deb/lintian-overrides', 'usr/share/lintian/overrides/packetboat')
}

/** Debian's own form: this version, and where the changes are. */
function debianChangelog() {
  const epoch = process.env.SOURCE_DATE_EPOCH
  const date = (epoch ? new Date(epoch * 1000) : new Date()).toUTCString().replace('GMT', '+0000')
  const change = '  * What has changed is in CHANGELOG.md.gz.'
  return `packetboat (${debVersion}) unstable; urgency=medium\n\n${change}\n\n -- ${maintainer}  ${date}\n`
}

function writeControl() {
  const kilobytes = Math.ceil(bytesBelow(root) / 1024)
  const fields = {
    Package: 'packetboat',
    Version: debVersion,
    Architecture: 'all',
    Maintainer: maintainer,
    'Installed-Size': kilobytes,
    // What NodeSource packs is called nodejs, too.
    Depends: 'nodejs (>= 20.19), adduser, libc6',
    Section: 'mail',
    Priority: 'optional',
    Description: `${description.replace(/\.$/, '').replace(/^Keeps/, 'keeps')}\n ${readFileSync(
      'scripts/deb/description',
      'utf8',
    )
      .trim()
      .replaceAll('\n', '\n ')}`,
  }
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\n`)
  write('DEBIAN/control', lines.join(''))
  const conffiles = filesBelow(at('etc')).map((path) => `${path.slice(root.length)}\n`)
  write('DEBIAN/conffiles', conffiles.join(''))
  for (const name of ['postinst', 'prerm', 'postrm']) copy(`scripts/deb/${name}`, `DEBIAN/${name}`, 0o755)
  const sums = filesBelow(root)
    .map((path) => path.slice(root.length + 1))
    .filter((path) => !/^(DEBIAN|etc)\//.test(path))
  const sumOf = (path) =>
    createHash('md5')
      .update(readFileSync(at(path)))
      .digest('hex')
  write('DEBIAN/md5sums', sums.map((path) => `${sumOf(path)}  ${path}\n`).join(''))
}

function filesBelow(path) {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

function bytesBelow(path) {
  return filesBelow(path).reduce((sum, file) => sum + statSync(file).size, 0)
}

/** Some packages come with files that others can write to, or that nobody else can read. */
function makeReadable(path) {
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const below = join(path, entry.name)
    if (entry.isDirectory()) {
      chmodSync(below, 0o755)
      makeReadable(below)
    } else if (entry.isFile()) chmodSync(below, statSync(below).mode & 0o100 ? 0o755 : 0o644)
  }
}
