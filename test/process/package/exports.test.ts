import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

/** What other packages may import: a name that goes, or changes its meaning, breaks them. */
const exported: Readonly<Record<string, readonly string[]>> = {
  './testing': [
    'PacketboatError',
    'hasCode',
    'linkConformance',
    'mailStoreConformance',
    'spoolConformance',
    'storeConformance',
    'submitterConformance',
  ],
  './package.json': [],
}

type Targets = string | Readonly<Record<string, string>>
const { exports: entries } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  exports: Readonly<Record<string, Targets>>
}

test('the package exports what it says, by its own name', () => {
  assert.deepEqual(Object.keys(entries).sort(), Object.keys(exported).sort())
  for (const [entry, names] of Object.entries(exported)) {
    if (names.length === 0) continue
    const program = `console.log(JSON.stringify(Object.keys(await import('packetboat${entry.slice(1)}')).sort()))`
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
    assert.deepEqual(JSON.parse(said.split('\n')[0] ?? ''), [...names].sort(), entry)
  }
})

test('the files of the package hold all that is exported, and its types', () => {
  const packed = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [{ files }] = JSON.parse(packed) as [{ files: readonly { readonly path: string }[] }]
  const paths = new Set(files.map(({ path }) => path))
  const targets = Object.values(entries).flatMap((target) =>
    typeof target === 'string' ? [target] : Object.values(target),
  )
  for (const target of targets) assert.ok(paths.has(target.replace('./', '')), `${target} is not packed`)
})
