import { runPictureProcess } from '../../src/pictures/picture-process.js'

await runPictureProcess(process.argv.slice(2))
