import { readFile } from 'node:fs/promises'

/** What is loaded later, and what has begun by then. */
const later = [
  { filter: /worker\/later-acts\.ts$/, from: './worker.js', loader: 'ts' },
  { filter: /ui\/compose\.tsx$/, from: '../page/main.js', loader: 'tsx' },
  { filter: /ui\/(?:dialogs\/dialogs|message\/page-frame)\.tsx$/, from: '../../page/main.js', loader: 'tsx' },
]

/**
 * A plugin of esbuild, which would put what a later file shares with an earlier one into a third: two files are larger than one of all that is in
 * them. To each later file the whole of the earlier belongs, so that they share all of it.
 */
export const oneFile = {
  name: 'one-file',
  setup(build) {
    for (const { filter, from, loader } of later)
      build.onLoad({ filter }, async ({ path }) => ({
        contents: `${await readFile(path, 'utf8')}\nimport '${from}'\n`,
        loader,
      }))
  },
}
