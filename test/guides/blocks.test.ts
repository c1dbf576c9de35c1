import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { silentProgram } from '../../scripts/paper/silent-program.js'
import { type DocumentedCommand, subcommandsOf } from '../../src/cli/documented-command.js'
import { runProgram } from '../world/process/program.js'
import { type Block, blocksOf, guides, wayOf } from './blocks.js'

const blocks = guides.flatMap(blocksOf)

test('each block of code in the guides is run by a test, or says why not', () => {
  const notRun: string[] = []
  for (const block of blocks) {
    const way = wayOf(block)
    if (typeof way !== 'object') continue
    if ('not' in way) notRun.push(block.lines[0] ?? '')
    else {
      const text = readFileSync(way.by, 'utf8')
      const words = [block.where.replace(/:\d+$/, ''), block.lines[0]?.split(' && ')[1] ?? block.where]
      assert.ok(
        words.some((each) => text.includes(each)),
        `${block.where}: ${way.by} doesn't say so`,
      )
    }
  }
  // Another one needs a reason as good as these have: they would run the tests in the tests, or need a telephone or a proxy.
  assert.deepEqual(notRun.sort(), [
    'location /v1/ {',
    'npm install && npm install --global --ignore-scripts .',
    'npm install && npm install --global --ignore-scripts .',
    'npm install && npm install --global --ignore-scripts .',
    'npm install && npm test',
    'npm install && npm test',
    'pkg install nodejs',
    'sendmail_path = "packetboat sendmail -c /etc/packetboat/www.toml -t -i"',
    'sudo ln -s "$(command -v packetboat)" /usr/sbin/sendmail',
    'sudo npm install --global --prefix /usr sharp',
    'sudo npm install --global --prefix /usr unpdf',
    'sudo npm install --global sharp',
    'sudo npm install --global unpdf',
  ])
})

test('the settings that the guides show are right', async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'packetboat-guides-'))
  t.after(() => rmSync(home, { recursive: true, force: true }))
  const pairing = `packetboat+psk://0123456789abcdef:${Buffer.alloc(32, 7).toString('base64url')}@127.0.0.1:4190,account=me`
  const endpoint = ({ lines }: Block) => lines.some((line) => /^(listen =|\[accounts\.)/.test(line))
  const settings = blocks.filter((block) => wayOf(block) === 'settings')
  assert.ok(settings.length > 8)
  for (const block of settings) {
    const data = mkdtempSync(join(home, 'data-'))
    const text = block.lines
      .join('\n')
      .replaceAll('packetboat+psk://...', pairing)
      .replaceAll(/"\/usr\/local\/bin\/[\w-]+"/g, '"/bin/true"')
    writeFileSync(join(data, endpoint(block) ? 'endpoint.toml' : 'client.toml'), `${text}\n`)
    const { code, stdout, stderr } = await runProgram(['config', 'check', '--data', data], { home })
    assert.equal(code, 0, `${block.where}: ${stdout}${stderr}`)
  }
})

const dovecot = spawnSync('doveconf').error ? 'there is no Dovecot here' : false
test('Dovecot takes the settings that docs/GUIDES.md has for it', { skip: dovecot }, (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'packetboat-guides-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const block = blocksOf('docs/GUIDES.md').find(({ lines }) => lines[0]?.startsWith('protocols'))
  writeFileSync(join(folder, 'local.conf'), `${block?.lines.join('\n')}\nssl = no\n`)
  const { status, stdout, stderr } = spawnSync('doveconf', ['-c', join(folder, 'local.conf'), '-n'], {
    encoding: 'utf8',
  })
  assert.equal(status, 0, stderr)
  for (const line of block?.lines ?? []) assert.ok(stdout.includes(line), line)
})

/** The word of a command that isn't there, if one isn't. Words in capitals stand for others. */
function unknownWord(words: readonly string[]): string | undefined {
  const program = silentProgram()
  const everywhere = ['-a', '-c', '--data', '--json', '--help', ...program.options.flatMap(namesOf)]
  let command: DocumentedCommand = program
  for (const word of words) {
    const below = subcommandsOf(command)
    const next = below.find((each) => each.name() === word)
    const option = word.startsWith('-') && word !== '-'
    if (option && ![...everywhere, ...command.options.flatMap(namesOf)].includes(word)) return word
    if (!option && below.length > 0 && !next && !/^([^a-z]|help$)/.test(word)) return word
    command = next ?? command
  }
  return undefined
}

const namesOf = ({ long, short }: { long?: string | undefined; short?: string | undefined }) =>
  [long, short].filter((name) => name !== undefined)

test('the guides name commands and options that are there', () => {
  // The other two are what a key and a token begin with.
  for (const page of [...guides, 'SECURITY.md'])
    for (const [said, words = ''] of readFileSync(page, 'utf8').matchAll(/`packetboat\s([^`]+)`/g))
      if (!/^(psk|bearer) 1$/.test(words))
        assert.equal(unknownWord(words.split(/\s+/)), undefined, `${page}: ${said}`)
})
