// Compiles the program of codec 2 into src/wire/compression/mix/program.ts: `npm run machine`, after a change in `assembly` beside it. The
// result is kept, so that neither a build nor a browser needs the compiler; a test says when it isn't what the sources come to.
import { writeFile } from 'node:fs/promises'
import { compileMachine, machineFile, machineText } from './build/compile-machine.js'

await writeFile(machineFile, machineText(await compileMachine()))
