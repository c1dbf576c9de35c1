import { PerformanceObserver } from 'node:perf_hooks'
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'

/** So often the young heap is looked through before it may grow: runs that do little end before that. */
const oftenEnough = 100
/** How large its two halves may be together then. A large one is looked through less often, when most of what is in it is of no more use. */
const youngBytes = 8 * 1024 * 1024

/**
 * What is old is looked through when it has grown by half: V8 lets it grow fourfold, so that most of what a run over a large account took was what
 * it no longer used. What is new stays within 1 MiB, and within 4 in a run that does much, and is looked through more often: V8 lets that grow to
 * 16 or 32, three times over, for a run whose messages go as they come. A flag of Node would do it too, but up to Node 22 every flag has it compile
 * all of its own modules that a run uses, and a third of a start goes into that; so this is for when what is needed has been loaded.
 */
export function keepHeapSmall(): void {
  setFlag('--semi-space-growth-factor=1', letYoungHeapGrow)
  setFlag('--heap-growing-percent=50', letHeapGrow)
  growWhenMuchIsDone()
}

function growWhenMuchIsDone(): void {
  // There it would grow to more than 16 in one step.
  if (Number.parseInt(process.versions.node, 10) >= 26) return
  let times = 0
  let grows = false
  const watch = new PerformanceObserver((list, observer) => {
    times += list.getEntries().length
    if (times < oftenEnough) return
    if (!grows) letYoungHeapGrow()
    grows = true
    if (youngHeapBytes() < youngBytes) return
    setFlagsFromString('--semi-space-growth-factor=1')
    observer.disconnect()
  })
  watch.observe({ entryTypes: ['gc'] })
}

const youngHeapBytes = (): number =>
  getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.space_size ?? 0

/**
 * V8 makes better code of a function that has run for a while, in threads beside this one, and once more whenever it
 * meets something new. A first sync runs so much code so evenly that this took a fifth of its CPU time. So in Node 20 a
 * function has to run six times as long first, and takes in a third as much of what it calls. Node 24, with quicker
 * compilers, gains nothing by that.
 */
export function optimizeSeldom(): void {
  if (!process.versions.node.startsWith('20.')) return
  setFlag('--interrupt-budget=400000', optimizeAsUsual)
  setFlag('--max-inlined-bytecode-size-cumulative=300', takeInAsUsual)
}

/** Later versions do it by themselves: most runs are over before zstd has been compiled a second time, which takes 35 MB. */
export function compileZstdOnce(): void {
  if (process.versions.node.startsWith('20.')) setFlag('--wasm-tiering-budget=13000000', compileZstdAsUsual)
}

const letYoungHeapGrow = (): void => setFlagsFromString('--semi-space-growth-factor=2')
const letHeapGrow = (): void => setFlagsFromString('--heap-growing-percent=0')
const optimizeAsUsual = (): void => setFlagsFromString('--interrupt-budget=67584')
const takeInAsUsual = (): void => setFlagsFromString('--max-inlined-bytecode-size-cumulative=920')
const compileZstdAsUsual = (): void => setFlagsFromString('--wasm-tiering-budget=1800000')

/**
 * At the end it is as usual again: V8 says of code, when that is kept, under which flags it was made, and the next run starts without them. Runs
 * that share a process reset a flag once.
 */
function setFlag(flag: string, reset: () => void): void {
  setFlagsFromString(flag)
  if (!process.listeners('exit').includes(reset)) process.prependOnceListener('exit', reset)
}
