import { machineBytes } from './machine-bytes.js'
import { program } from './program.js'
import { ReferenceMachine } from './reference/reference-machine.js'
import { tables } from './tables.js'

/** What `assembly/model.as` exports. */
interface Exports {
  readonly memory: WebAssembly.Memory
  readonly given: WebAssembly.Global<'i32'>
  readonly coded: WebAssembly.Global<'i32'>
  readonly tables: WebAssembly.Global<'i32'>
  begin(): void
  look(count: number): void
  learn(count: number): void
  beginWriting(most: number): void
  write(count: number): void
  endWriting(): number
  beginReading(count: number): void
  read(count: number): void
}

/** What holds a model of codec 2, and codes and reads with it. */
export type Machine = Pick<
  MixMachine,
  'look' | 'learn' | 'beginWriting' | 'write' | 'endWriting' | 'beginReading' | 'read'
>

/**
 * Opens the fast model, or where WebAssembly isn't available the slow one, which computes the same. On some
 * versions of Node WebAssembly takes 10 GB of a process's address space, which a limit may forbid, and the
 * program needs a processor (or a browser) with SIMD.
 */
export function openMachine(): Machine {
  try {
    return new MixMachine()
  } catch {
    return new ReferenceMachine()
  }
}

/** The tables in the order in which they lie in the memory, and the bytes that each has there. */
function placed() {
  const { nextHistory, historyBits, historyOnes, squashed, stretched, pace } = tables()
  return [
    [nextHistory, 512],
    [historyBits, 256],
    [historyOnes, 512],
    [squashed, 8192],
    [stretched, 8192],
    [pace, 4096],
  ] as const
}

let compiled: WebAssembly.Module | undefined

/**
 * A model of codec 2 with its coder, in WebAssembly: five times as fast as the TypeScript one in `reference`.
 * It reserves 28 MB of memory, of which the operating system provides what is used. Whatever input it gets,
 * it can touch nothing else.
 */
export class MixMachine {
  private readonly run: Exports
  private readonly given: Uint8Array
  private readonly coded: Uint8Array

  constructor() {
    compiled ??= new WebAssembly.Module(program())
    this.run = new WebAssembly.Instance(compiled).exports as unknown as Exports
    const { memory, given, coded } = this.run
    this.given = new Uint8Array(memory.buffer, given.value, machineBytes)
    this.coded = new Uint8Array(memory.buffer, coded.value, machineBytes)
    let at = this.run.tables.value
    for (const [{ buffer, byteOffset, byteLength }, room] of placed()) {
      new Uint8Array(memory.buffer, at, room).set(new Uint8Array(buffer, byteOffset, byteLength))
      at += room
    }
    this.run.begin()
  }

  /** Takes in bytes in which only matches are looked for. */
  look(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += machineBytes)
      this.run.look(this.give(bytes.subarray(at, at + machineBytes)))
  }

  /** Takes in at most `machineBytes` that nobody has to predict. */
  learn(bytes: Uint8Array): void {
    this.run.learn(this.give(bytes))
  }

  /** Begins to code a payload. @param mostBytes more, or more than `machineBytes`, are of no use. */
  beginWriting(mostBytes: number): void {
    this.run.beginWriting(mostBytes)
  }

  /** Codes the next bytes of a payload, at most `machineBytes`. */
  write(bytes: Uint8Array): void {
    this.run.write(this.give(bytes))
  }

  /** What the payload was coded to, at least one byte, or undefined when that is more than wanted. */
  endWriting(): Uint8Array | undefined {
    const size = this.run.endWriting()
    return size === 0 ? undefined : this.coded.slice(0, size)
  }

  /** Begins to decode a body of at most `machineBytes`. */
  beginReading(body: Uint8Array): void {
    this.coded.set(body)
    this.run.beginReading(body.length)
  }

  /** The next bytes of the payload, at most `machineBytes`: reads whatever the body is as some row of bytes. */
  read(into: Uint8Array): void {
    if (into.length > machineBytes) throw new RangeError(`${into.length} bytes are too many at once`)
    this.run.read(into.length)
    into.set(this.given.subarray(0, into.length))
  }

  private give(bytes: Uint8Array): number {
    this.given.set(bytes)
    return bytes.length
  }
}
