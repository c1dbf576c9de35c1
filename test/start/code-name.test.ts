import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codeName } from '../../src/start/code-name.js'
import type { Parts } from '../../src/start/parts.js'

const parts: Parts = {
  digest: 'd1',
  file: '/usr/lib/parts.js',
  read: () => assert.fail(),
  readList: () => assert.fail(),
}
const ran = {
  argv: ['/usr/bin/node', '/usr/bin/packetboat'],
  execArgv: [] as string[],
  env: {} as Record<string, string>,
  version: 'v22.1.0',
  arch: 'x64',
}
const nameOf = (change: object, program = parts): string =>
  codeName(program, { ...ran, ...change } as unknown as NodeJS.Process).name

test('each command has a name of its own, whatever stands around it', () => {
  const cases: readonly (readonly [args: string, name: string])[] = [
    ['sync', 'sync'],
    ['sync INBOX --data status', 'sync'],
    ['--json -c /etc/mail.toml --data status sync', 'sync'],
    ['device add', 'device'],
    ['', 'help'],
    ['--help', 'help'],
    ['--version', 'help'],
    ['help sync', 'help'],
    ['../../sync', 'other'],
    ['Sync', 'other'],
    [`${'s'.repeat(21)}`, 'other'],
  ]
  for (const [args, name] of cases) {
    const argv = [...ran.argv, ...args.split(' ').filter((word) => word !== '')]
    assert.match(nameOf({ argv }), new RegExp(`^${name}-[0-9a-f]{8}$`), args)
  }
  const mail = ['/usr/bin/node', '/usr/sbin/sendmail', '-t', 'me@example.org']
  assert.match(nameOf({ argv: mail }), /^sendmail-/)
})

test('another program, version, machine or way to start Node has other names', () => {
  const names = [
    nameOf({}),
    nameOf({}, { ...parts, digest: 'd2' }),
    nameOf({}, { ...parts, file: '/opt/parts.js' }),
    nameOf({ version: 'v24.1.0' }),
    nameOf({ arch: 'arm64' }),
    nameOf({ execArgv: ['--max-old-space-size=64'] }),
    nameOf({ env: { NODE_OPTIONS: '--max-old-space-size=64' } }),
  ]
  assert.equal(new Set(names).size, names.length, names.join(' '))
  assert.equal(nameOf({ env: { LANG: 'de' } }), names[0])
})
