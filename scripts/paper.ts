// Writes the man pages and docs/CONFIGURATION.md from the program's own definitions: npm run paper.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { allPages } from './paper/pages.js'

for (const { path, text } of allPages()) {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  console.log(path)
}
